/**
 * The judgement of a trial (architecture §4.5, docs/adr/0007-the-judgement-of-a-trial.md): whether the calls of the moved
 * modules got worse than their own last minutes. Pure.
 *
 * J1  Only platform errors count, and only beyond what the operation's own past makes probable.
 * J2  Only calls above the operation's former p95, and beyond what a hop may cost a user, count as slow; only beyond 5 %
 *     of all, and beyond what chance makes probable.
 * J3  Where machine or event loops have no room left, latency proves nothing about the layout: then only calls that are
 *     slower by far count as slow, and no late call counts as an error.
 * J4  It waits for calls that can still come in time, never for others.
 * J5  It does not pass what looks worse, though not enough of it was seen yet: a rare operation needs longer to prove it.
 */
import {
  bucketOf,
  edgeOf,
  LAST_BUCKET,
  type CallCounts,
  type Durations,
  type OperationTally,
  type Tally,
} from '@atlas/control-layout';
import { upperTail } from './beta-binomial.ts';

/** Shortest and longest trial, ms, and the calls of each operation that it waits for (§4.5). */
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
}
const BREACH: Limits = {
  errors: { least: ERRORS_AT_LEAST, alpha: 1e-3 },
  slow: { least: SLOW_AT_LEAST, alpha: 1e-6 },
};
/** J5. */
const SUSPICION: Limits = { errors: { least: 1, alpha: 0.05 }, slow: { least: 3, alpha: 1e-4 } };
interface Measure {
  readonly strained: boolean;
  readonly limits: Limits;
}
/** One platform error in 4,000 calls is expected of an operation of which nothing is known. */
const PRIOR = { hits: 1, others: 4_000 } as const;
/** Share of calls above a p95. */
const SHARE_ABOVE = 0.05;
/** Fewer calls before the switch tell no p95. */
const BEFORE_AT_LEAST = 5;
/** Busy share above which machine or event loop have no room left (J3), and what is slow by far then. */
export const STRAINED = 0.9;
const STRAINED_FACTOR = 4;

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

const totalOf = (durations: Durations): number =>
  Object.values(durations).reduce((sum, count) => sum + count, 0);

function merged(all: readonly Durations[]): Durations {
  const sum: Record<string, number> = {};
  for (const durations of all)
    for (const [bucket, count] of Object.entries(durations)) sum[bucket] = (sum[bucket] ?? 0) + count;
  return sum;
}

const summed = (all: readonly CallCounts[]): CallCounts => ({
  calls: all.reduce((sum, { calls }) => sum + calls, 0),
  errors: all.reduce((sum, { errors }) => sum + errors, 0),
  late: all.reduce((sum, { late }) => sum + late, 0),
  durations: merged(all.map(({ durations }) => durations)),
});

const joined = (all: readonly OperationTally[]): OperationTally => ({
  toppable: all.some(({ toppable }) => toppable),
  before: summed(all.map(({ before }) => before)),
  now: summed(all.map(({ now }) => now)),
  pending: merged(all.map(({ pending }) => pending)),
});

/** The operations of all hosts together. */
export function operationsOf(tallies: readonly Tally[]): Readonly<Record<string, OperationTally>> {
  const names = [...new Set(tallies.flatMap(({ operations }) => Object.keys(operations)))].sort();
  return Object.fromEntries(
    names.map((name) => [name, joined(tallies.flatMap(({ operations }) => operations[name] ?? []))]),
  );
}

/** The bucket that holds the 95th percentile. */
function bucketOfP95(durations: Durations): number {
  let above = totalOf(durations) * SHARE_ABOVE;
  for (let bucket = LAST_BUCKET; bucket > 0; bucket -= 1) {
    above -= durations[bucket] ?? 0;
    if (above < 0) return bucket;
  }
  return 0;
}

const countAbove = (durations: Durations, bucket: number): number =>
  Object.entries(durations).reduce((sum, [at, count]) => (Number(at) > bucket ? sum + count : sum), 0);

/** J3. */
const isStrained = (tallies: readonly Tally[]): boolean =>
  tallies.some(({ strain }) => strain.machine >= STRAINED || strain.loop >= STRAINED);

/**
 * What is known of the share of errors: an operation without any is taken for a good one, with a prior that says so; one
 * that had some is known by its own past alone, which the prior would drown.
 */
const knownErrors = (calls: number, hits: number): { readonly a: number; readonly b: number } =>
  hits === 0 ? { a: PRIOR.hits, b: calls + PRIOR.others } : { a: hits + 1, b: calls - hits + 1 };

/** J1. */
function errorsOf(
  operation: string,
  { before, now }: OperationTally,
  { strained, limits }: Measure,
): Breach | undefined {
  const hits = ({ errors, late }: CallCounts): number => (strained ? errors : errors + late);
  const seen = hits(now);
  if (seen < limits.errors.least) return undefined;
  const known = knownErrors(before.calls, hits(before));
  const pValue = upperTail(seen, now.calls, known);
  if (pValue > limits.errors.alpha) return undefined;
  const expected = (now.calls * known.a) / (known.a + known.b);
  return { operation, cause: 'errors', calls: now.calls, seen, expected, pValue, thresholdMs: null };
}

/** J2. A call that has not ended counts with its age; a late one as slower than all. */
function slownessOf(
  operation: string,
  tally: OperationTally,
  { strained, limits }: Measure,
): Breach | undefined {
  const { before, now, pending } = tally;
  const known = totalOf(before.durations);
  if (known < BEFORE_AT_LEAST) return undefined;
  const p95 = edgeOf(bucketOfP95(before.durations));
  const factor = strained ? STRAINED_FACTOR : 1;
  const threshold = bucketOf((p95 + Math.max(TOLERANCE_MS, p95 * TOLERANCE_SHARE)) * factor);
  const pendingAbove = countAbove(pending, threshold);
  const calls = totalOf(now.durations) + now.late + pendingAbove;
  const seen = countAbove(now.durations, threshold) + now.late + pendingAbove;
  const expected = calls * SHARE_ABOVE;
  if (seen - expected < limits.slow.least) return undefined;
  const pValue = upperTail(seen, calls, { a: known * SHARE_ABOVE + 1, b: known * (1 - SHARE_ABOVE) + 1 });
  if (pValue > limits.slow.alpha) return undefined;
  return { operation, cause: 'latency', calls, seen, expected, pValue, thresholdMs: edgeOf(threshold) };
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

function worseOf(tallies: readonly Tally[], limits: Limits): Breach | undefined {
  const measure = { strained: isStrained(tallies), limits };
  const operations = operationsOf(tallies);
  const single = Object.entries(operations);
  const found = [
    ...single.map(([name, tally]) => errorsOf(name, tally, measure)),
    ...modulesOf(operations).map(([name, tally]) => errorsOf(name, tally, measure)),
    ...single.map(([name, tally]) => slownessOf(name, tally, measure)),
  ];
  return found.find((breach) => breach !== undefined);
}

/** The first breach there is; undefined when nothing got worse. */
export const breachOf = (tallies: readonly Tally[]): Breach | undefined => worseOf(tallies, BREACH);

/** J4. Read operations are topped up; the others get their calls in time only at one a second or more. */
function waitsFor({ toppable, now }: OperationTally, sinceMs: number): boolean {
  if (now.calls >= TRIAL_CALLS) return false;
  return toppable || now.calls * (TRIAL_MOST_MS / Math.max(1, sinceMs)) >= TRIAL_CALLS;
}

export interface TrialInput {
  readonly tallies: readonly Tally[];
  /** An edge has not told anything yet. */
  readonly incomplete: boolean;
  /** The longest trial is over, by the store's clock. */
  readonly timeUp: boolean;
}

export function judgeTrial({ tallies, incomplete, timeUp }: TrialInput): Judgement {
  const breach = breachOf(tallies);
  if (breach) return { kind: 'breach', breach };
  if (timeUp) return { kind: 'passed' };
  const sinceMs = Math.max(0, ...tallies.map((tally) => tally.sinceMs));
  if (incomplete || sinceMs < TRIAL_LEAST_MS) return { kind: 'waiting' };
  const waits = Object.values(operationsOf(tallies)).some((tally) => waitsFor(tally, sinceMs));
  return { kind: waits || worseOf(tallies, SUSPICION) ? 'waiting' : 'passed' };
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
