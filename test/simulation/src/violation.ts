/** What a schedule may break: the invariants of docs/words.md; `rest`: all is well, yet it does not settle; `defect`: an error that nobody expects. */
export const INVARIANTS = ['E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'rest', 'defect'] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
  readonly invariant: Invariant;
  /** One sentence. */
  readonly detail: string;
  /** Virtual ms. */
  readonly at: number;
}
