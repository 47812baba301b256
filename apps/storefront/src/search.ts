/** As much of a search as the shop reads, in UTF-16 units, as a field counts its `maxLength`. */
export const LONGEST_SEARCH = 100;

/** What the address searches for, without NUL, cut to what the shop reads; not in the middle of a character. */
export const searchOf = (query: string): string =>
  (new URLSearchParams(query).get('q') ?? '')
    .replaceAll('\0', '')
    .trim()
    .slice(0, LONGEST_SEARCH)
    .replace(/[\ud800-\udbff]$/, '')
    .trim();

/** The page that shows what is found. */
export const pageOf = (q: string): string => (q ? `/?q=${encodeURIComponent(q)}` : '/');

/** One entry of the history for each search: the first pause in typing adds it, whoever types on replaces it. */
export class TypedSearch {
  #shown: string | undefined;

  /** What is typed from now on is another search. */
  readonly begin = (): void => {
    this.#shown = undefined;
  };

  /** How to go `to` a page from the one that is shown, as options for `navigate`. */
  readonly goes = (from: string, to: string): { readonly replace: boolean } => {
    const replace = from === to || from === this.#shown;
    this.#shown = to;
    return { replace };
  };
}
