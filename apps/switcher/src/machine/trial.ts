/**
 * The judgement of a trial (ADR 7): whether the calls of the moved
 * modules got worse than their own last minutes. Pure.
 *
 * J1  Only platform errors count, and only beyond what the operation's own past makes probable.
 * J2  Only calls above the operation's former p95, and beyond what a hop may cost a user, count as slow; only beyond 5 %
 *     of all, and beyond what chance makes probable.
 * J3  Where machine or event loops have no room left, everything gets slower, and most what has just moved, for it is not
 *     warm: then no late call counts as an error, and the threshold of slow calls is 4 times as high, to the end of the
 *     trial, since the calls from then stay in the counts. Where both are full, a host that has just moved is starved:
 *     then 16 times.
 * J4  It waits for calls that can still come in time, never for others.
 * J5  It does not pass what looks worse, though not enough of it was seen yet: a rare operation needs longer to prove it.
 * J6  Slow calls of one stall are one misfortune, not many: they count the less the more unevenly they lie over the time
 *     of the trial, and it takes a while to tell.
 * J7  A switch that answers an emergency is judged by its errors alone, not by slow calls: calls were slow already, what
 *     piled up then is served under the new epoch, and the former p95 is of the calm before. Calls that ran out of time are
 *     errors then only where most calls of a module do: a service that hangs; a row that many want makes fewer.
 * J8  So is, to its end, a trial in which a surge begins: nothing tells how much slower that makes calls, and the strain it
 *     makes is known later than slow calls are. Where one may have begun, slow calls are a breach at a later look only.
 * J9  Where slow calls are none, it does not pass while several calls of a module have waited for long: they may be about
 *     to run out of time.
 */
import { bucketOf, edgeOf, type CallCounts, type OperationTally, type Tally } from '@atlas/control-layout';
import { upperTail } from './beta-binomial.ts';
import { bucketOfP95, countAbove, joined, operationsOf, SHARE_ABOVE, totalOf } from './trial-counts.ts';
import { dispersionOf, lastingOf, shareAbove, type Lasting, type TrialLook } from './trial-slices.ts';
import { isStrained } from './trial-strain.ts';
import { maySurge } from './trial-surge.ts';

/** Shortest and longest trial, ms, and the calls of each operation that it waits for. */
export const TRIAL_LEAST_MS = 5_000;
export const TRIAL_MOST_MS = 60_000;
export const TRIAL_CALLS = 60;
/** Platform errors, and slow calls in excess of the expected ones, below which nothing is a breach. */
export const ERRORS_AT_LEAST = 5;
export const SLOW_AT_LEAST = 20;
/** What a user does not notice: a hop, and a cold cache, may cost a call this much more than its former p95, ms. */
export const TOLERANCE_MS = 15;
/** … or this share of it, whichever is more: load moves a p95 by itself. */
export const TOLERANCE_SHARE = 0.5;
/** How many there must be at least, and how improbable that must be in a layout that is no worse. */
interface Limits {
  readonly errors: { readonly least: number; readonly alpha: number };
  readonly slow: { readonly least: number; readonly alpha: number };
  /** Earlier looks, 250 ms apart at least, that it takes to tell a stall from a slow service: calm, and strained (J6). */
  readonly looks: { readonly calm: number; readonly strained: number };
}
const BREACH: Limits = {
  errors: { least: ERRORS_AT_LEAST, alpha: 1e-3 },
  slow: { least: SLOW_AT_LEAST, alpha: 1e-6 },
  looks: { calm: 3, strained: 5 },
};
/** J5. */
const SUSPICION: Limits = {
  errors: { least: 1, alpha: 0.05 },
  slow: { least: 3, alpha: 1e-4 },
  looks: { calm: 0, strained: 0 },
};
interface Measure {
  readonly strained: boolean;
  /** How many times as high the threshold of slow calls is (J3). */
  readonly factor: number;
  readonly limits: Limits;
  readonly earlier: readonly TrialLook[];
}
/** One platform error in 4,000 calls is expected of an operation of which nothing is known. */
const PRIOR = { hits: 1, others: 4_000 } as const;
/** Fewer calls before the switch tell no p95. */
const BEFORE_AT_LEAST = 5;
/** How many times higher the threshold is where there is no room left, and where a host is starved (J3). */
const STRAINED_FACTOR = 4;
const STARVED_FACTOR = 16;

/** Why a layout is taken back. */
export interface Breach {
  /** `module.operation`; `module.*` when the operations of a module show it only together. */
  readonly operation: string;
  readonly cause: 'errors' | 'latency';
  /** Calls under the epoch on trial. */
  readonly calls: number;
  /** Platform errors, or slow calls. */
  readonly seen: number;
  /** How many of these its own past makes expect. */
  readonly expected: number;
  /** How probable so many are in a layout that is no worse. */
  readonly pValue: number;
  /** Calls above this were slow, ms; null for errors. */
  readonly thresholdMs: number | null;
}

export type Judgement =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'passed' }
  | { readonly kind: 'breach'; readonly breach: Breach };

/** J3. */
const factorOf = ({ strained, starved }: Lasting): number =>
  starved ? STARVED_FACTOR : strained ? STRAINED_FACTOR : 1;

/**
 * What is known of the share of errors: an operation without any is taken for a good one, with a prior that says so; one
 * that had some is known by its own past alone, which the prior would drown.
 */
const knownErrors = (calls: number, hits: number): { readonly a: number; readonly b: number } =>
  hits === 0 ? { a: PRIOR.hits, b: calls + PRIOR.others } : { a: hits + 1, b: calls - hits + 1 };

/** J1. @param lateCounts calls that ran out of time are errors, too. */
function errorsOf(
  operation: string,
  { before, now }: OperationTally,
  { limits, lateCounts }: { readonly limits: Limits; readonly lateCounts: boolean },
): Breach | undefined {
  const hits = ({ errors, late }: CallCounts): number => (lateCounts ? errors + late : errors);
  const seen = hits(now);
  if (seen < limits.errors.least) return undefined;
  const known = knownErrors(before.calls, hits(before));
  const pValue = upperTail(seen, now.calls, known);
  if (pValue > limits.errors.alpha) return undefined;
  const expected = (now.calls * known.a) / (known.a + known.b);
  return { operation, cause: 'errors', calls: now.calls, seen, expected, pValue, thresholdMs: null };
}

/** Calls above this bucket are slow (J2, J3). */
function slowBucketOf({ before }: OperationTally, factor: number): number {
  const p95 = edgeOf(bucketOfP95(before.durations));
  return bucketOf((p95 + Math.max(TOLERANCE_MS, p95 * TOLERANCE_SHARE)) * factor);
}

/** J2, J6. */
function slownessOf(
  operation: string,
  tally: OperationTally,
  { strained, factor, limits, earlier }: Measure,
): Breach | undefined {
  const known = totalOf(tally.before.durations);
  if (known < BEFORE_AT_LEAST) return undefined;
  if (earlier.length < (strained ? limits.looks.strained : limits.looks.calm)) return undefined;
  const bucket = slowBucketOf(tally, factor);
  const { calls, slow } = shareAbove(tally, bucket);
  const expected = calls * SHARE_ABOVE;
  if (slow - expected < limits.slow.least) return undefined;
  const dispersion = dispersionOf(earlier, tally, { name: operation, bucket });
  const pValue = upperTail(Math.floor(slow / dispersion), Math.round(calls / dispersion), {
    a: known * SHARE_ABOVE + 1,
    b: known * (1 - SHARE_ABOVE) + 1,
  });
  if (pValue > limits.slow.alpha) return undefined;
  return { operation, cause: 'latency', calls, seen: slow, expected, pValue, thresholdMs: edgeOf(bucket) };
}

const moduleOf = (operation: string): string => operation.slice(0, operation.indexOf('.'));

/** Each module's operations as one: errors that are spread over many operations are errors, too. */
function modulesOf(operations: Readonly<Record<string, OperationTally>>): [string, OperationTally][] {
  const modules = [...new Set(Object.keys(operations).map(moduleOf))];
  return modules.map((module) => [
    `${module}.*`,
    joined(Object.entries(operations).flatMap(([name, tally]) => (moduleOf(name) === module ? [tally] : []))),
  ]);
}

/** J7. @param now of a module. */
const hangs = ({ now }: OperationTally): boolean => now.late * 2 > now.calls;

/** All operations together have too few of anything for any of them to be a breach: most looks end here. */
function tooFew({ tallies, emergency = false }: Seen, { errors, slow }: Limits): boolean {
  const all = tallies.flatMap(({ operations }) => Object.values(operations));
  const failed = all.reduce((sum, { now }) => sum + now.errors + now.late, 0);
  if (failed >= errors.least) return false;
  const begun = all.reduce((sum, { now, pending }) => sum + totalOf(now.durations) + totalOf(pending), 0);
  return emergency || begun + failed < slow.least;
}

/** J7, J8. Slow calls prove nothing. */
const isExcused = ({ emergency = false }: Seen, { surged }: Lasting): boolean => emergency || surged;

function worseOf(seen: Seen, limits: Limits): Breach | undefined {
  if (tooFew(seen, limits)) return undefined;
  const { tallies, earlier } = seen;
  const lasting = lastingOf(earlier, tallies);
  const excusesLate = lasting.starved || isStrained(tallies);
  const excused = isExcused(seen, lasting);
  const measure = { strained: lasting.strained, factor: factorOf(lasting), limits, earlier };
  const operations = operationsOf(tallies);
  const single = Object.entries(operations);
  const found = [
    ...single.map(([name, tally]) => errorsOf(name, tally, { limits, lateCounts: !excusesLate && !excused })),
    ...modulesOf(operations).map(([name, tally]) =>
      errorsOf(name, tally, {
        limits,
        lateCounts: excused ? hangs(tally) && !isStrained(tallies) : !excusesLate,
      }),
    ),
    ...(excused ? [] : single.map(([name, tally]) => slownessOf(name, tally, measure))),
  ];
  return found.find((breach) => breach !== undefined);
}

/** What hosts have counted: now, and at earlier looks. */
export interface Seen {
  readonly tallies: readonly Tally[];
  readonly earlier: readonly TrialLook[];
  /** The switch answers an emergency (J7); false by default. */
  readonly emergency?: boolean;
}

/** The first breach there is; undefined when nothing got worse. J8: slow calls are none where a surge may have begun. */
export function breachOf(seen: Seen): Breach | undefined {
  const found = worseOf(seen, BREACH);
  return found?.cause === 'latency' && maySurge(seen.tallies, seen.earlier) ? undefined : found;
}

/** J4. Read operations are topped up; the others get their calls in time only at one a second or more. */
function waitsFor({ toppable, now }: OperationTally, sinceMs: number): boolean {
  if (now.calls >= TRIAL_CALLS) return false;
  return toppable || now.calls * (TRIAL_MOST_MS / Math.max(1, sinceMs)) >= TRIAL_CALLS;
}

/** J9. Long for a call, short of its deadline, ms. */
const HANGING_MS = 1_000;

/** J9. Some module has as many of them as are a breach when they run out of time. */
const mayHang = (seen: Seen): boolean =>
  isExcused(seen, lastingOf(seen.earlier, seen.tallies)) &&
  modulesOf(operationsOf(seen.tallies)).some(
    ([, { pending }]) => countAbove(pending, bucketOf(HANGING_MS)) >= ERRORS_AT_LEAST,
  );

export interface TrialInput extends Seen {
  /** An edge has not told anything yet. */
  readonly incomplete: boolean;
  /** The longest trial is over, by the store's clock. */
  readonly timeUp: boolean;
}

export function judgeTrial({ incomplete, timeUp, ...seen }: TrialInput): Judgement {
  const { tallies } = seen;
  const breach = breachOf(seen);
  if (breach) return { kind: 'breach', breach };
  if (timeUp) return { kind: 'passed' };
  const sinceMs = Math.max(0, ...tallies.map((tally) => tally.sinceMs));
  if (incomplete || sinceMs < TRIAL_LEAST_MS) return { kind: 'waiting' };
  const waits = Object.values(operationsOf(tallies)).some((tally) => waitsFor(tally, sinceMs));
  return { kind: waits || mayHang(seen) || worseOf(seen, SUSPICION) ? 'waiting' : 'passed' };
}

/** One sentence for people. */
export function describeBreach({
  operation,
  cause,
  calls,
  seen,
  expected,
  pValue,
  thresholdMs,
}: Breach): string {
  const what = cause === 'errors' ? 'platform errors' : `calls above ${Math.round(thresholdMs ?? 0)} ms`;
  const expectation = `${expected.toFixed(1)} were to be expected, p = ${pValue.toExponential(1)}`;
  return `${operation}: ${seen} ${what} in ${calls} calls (${expectation})`;
}
