/** What a bench is: a name that yields rows. One file in `benches/` each, listed in `benches.ts`. */

/** What a row has to reach; without one the row is only reported. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

export interface RowSpec {
  /** `bench.what`, the name in the report. */
  readonly name: string;
  /** Unit of the value; `×` for a ratio, `fraction` for 0–1. */
  readonly unit: string;
  readonly goal?: Goal;
  /** One plain sentence: what was measured against what. */
  readonly about: string;
}

/** What a bench found out. */
export interface Measurement {
  /** One value for each of the bench's rows. */
  readonly values: Readonly<Record<string, number>>;
  /** Every round of every contender, in the order in which it was measured, e.g. `nest calls/s`. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  /** What a reader must know to read the rows, e.g. sizes and counts. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}

export interface BenchContext {
  /** Rounds of each contender, taken in turn; at least 5 in a real run. */
  readonly rounds: number;
  /** Length of one measurement: `ms`, or a few ms in the smoke run, which only shows that a bench works. */
  span(ms: number): number;
  /** One line of progress. */
  say(line: string): void;
  readonly signal: AbortSignal;
}

export interface Bench {
  /** As on the command line. */
  readonly name: string;
  /** One line for `--list`. */
  readonly about: string;
  /** It starts the built shop with its Postgres; others need only their own processes. */
  readonly needsStack: boolean;
  readonly rows: readonly RowSpec[];
  /** What this machine lacks for it, and what to do; undefined: nothing. */
  missing?(): string | undefined;
  run(context: BenchContext): Promise<Measurement>;
}

/** `≤ 1.3` or `≥ 5`. */
export const goalText = (goal: Goal): string => ('atMost' in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`);

export const meets = (goal: Goal, value: number): boolean =>
  'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
