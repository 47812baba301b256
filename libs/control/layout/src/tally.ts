/**
 * What hosts count of the calls of moved modules while a switch is on trial: data and the buckets of
 * its durations, shared by the hosts that count and the switcher that judges.
 */

/** Bucket → calls; bucket `b` holds durations above `edgeOf(b - 1)` and up to `edgeOf(b)`. Empty buckets are left out. */
export type Durations = Readonly<Record<string, number>>;

/** Calls of one operation as their callers saw them. */
export interface CallCounts {
  /** Ended calls, whatever their outcome. */
  readonly calls: number;
  /** Of these, platform errors other than `late`. */
  readonly errors: number;
  /** Of these, calls that ran out of time or were shed: what saturation alone can do, too. */
  readonly late: number;
  /** Durations of calls that did not end in a platform error. */
  readonly durations: Durations;
}

export interface OperationTally {
  /** Thin traffic can be topped up with calls that change nothing. */
  readonly toppable: boolean;
  /** The last minutes before the epoch under trial, from sampled roots. */
  readonly before: CallCounts;
  /** Every call under the epoch on trial. */
  readonly now: CallCounts;
  /** Calls under the epoch on trial that have not ended, by their age. */
  readonly pending: Durations;
}

/** How loaded one host and its machine are: shares 0–1 of the last 2 to 3 s, of the trial or before it. */
export interface Strain {
  /** Busy share of all cores of its machine. */
  readonly machine: number;
  /** Busy share of its event loop. */
  readonly loop: number;
}

/** One host's counts under one epoch on trial. Grows only; sent again and again. */
export interface Tally {
  readonly epoch: number;
  /** By the host's own monotonic clock: since when it counts, ms. */
  readonly sinceMs: number;
  readonly strain: Strain;
  /** `module.operation` → counts; every operation of the modules on trial that this host may call. */
  readonly operations: Readonly<Record<string, OperationTally>>;
  /** Absent where nobody counts them. */
  readonly roots?: CountedRoots;
}

/** Roots that one host has admitted since it counts, without smoke calls. */
export interface CountedRoots {
  /** Its boot nonce. */
  readonly nonce: string;
  readonly count: number;
  /** Its loop had just stood still: what came meanwhile is not counted yet, though the time is. */
  readonly late?: boolean;
}

/** Buckets per doubling: each is 19 % wide. */
const PER_DOUBLING = 4;
/** Upper edge of bucket 0, ms. */
const FIRST_EDGE_MS = 0.05;
/** Durations above 54 s share the last bucket. */
export const LAST_BUCKET = 81;

/** Upper edge of a bucket, ms. */
export const edgeOf = (bucket: number): number => FIRST_EDGE_MS * 2 ** (bucket / PER_DOUBLING);

/** The bucket of a duration in ms; what is not a duration counts as the shortest. */
export function bucketOf(ms: number): number {
  if (!(ms > FIRST_EDGE_MS)) return 0;
  return Math.min(LAST_BUCKET, Math.ceil(Math.log2(ms / FIRST_EDGE_MS) * PER_DOUBLING));
}
