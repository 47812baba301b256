import { troubleOf } from '../refusal.ts';

/** What is shown when something could not be loaded: what, why, and what to do; without `again` the page does it. */
export function Trouble({
  what,
  why,
  again,
}: {
  readonly what: string;
  readonly why: unknown;
  readonly again?: () => void;
}) {
  const press = (): void => {
    document.getElementById('main')?.focus({ preventScroll: true }); // the button goes with the trouble
    again?.();
  };
  return (
    <div className="empty" role="alert">
      <h1>{what} cannot be shown just now</h1>
      <p>{troubleOf(why)}</p>
      {again ? (
        <button type="button" className="button" onClick={press}>
          Try again
        </button>
      ) : (
        <p>This page tries again by itself.</p>
      )}
    </div>
  );
}
