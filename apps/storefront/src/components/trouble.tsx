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
  return (
    <div className="empty" role="alert">
      <h1>{what} cannot be shown just now</h1>
      <p>{troubleOf(why)}</p>
      {again ? (
        <button type="button" className="button" onClick={again}>
          Try again
        </button>
      ) : (
        <p>This page tries again by itself.</p>
      )}
    </div>
  );
}
