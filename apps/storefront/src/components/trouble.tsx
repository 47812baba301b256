/** What is shown when something could not be loaded: what, and what to do; without `again` the page does it. */
export function Trouble({ what, again }: { readonly what: string; readonly again?: () => void }) {
  return (
    <div className="empty" role="alert">
      <h1>{what} cannot be shown just now</h1>
      <p>The shop did not answer in time. Your cart and your orders are safe.</p>
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
