/**
 * How much slower everything has got, whatever the layout: told by sampled calls of the modules that did not move. What
 * slows these, too, is the machine or the load. Pure.
 *
 * C1  Each operation is compared with its own past: a call counts by how far above its operation's former p95 it lies.
 * C2  Few calls tell nothing: then there is no control.
 * C3  Nor does an operation that was slow before: nothing stands out above its p95, and it would hide what got slower.
 */
import { edgeOf, type Tally, type UnmovedCalls } from '@atlas/control-layout';
import { bucketOfP95, merged, SHARE_ABOVE, totalOf } from './trial-counts.ts';

/** C2. Calls that tell a former p95, and calls under the epoch on trial that tell what has become of it. */
const BEFORE_AT_LEAST = 20;
const CALLS_AT_LEAST = 20;
/** C3. The longest former p95 of an operation that counts, ms. */
const FORMER_AT_MOST_MS = 250;

function byOperation(tallies: readonly Tally[]): Iterable<UnmovedCalls[]> {
  const found = new Map<string, UnmovedCalls[]>();
  for (const { unmoved = {} } of tallies)
    for (const [name, calls] of Object.entries(unmoved)) found.set(name, [...(found.get(name) ?? []), calls]);
  return found.values();
}

/** Calls of one operation by how many buckets they lie above its former p95 (C1, C3). */
function shiftsOf(calls: readonly UnmovedCalls[]): [shift: number, count: number][] {
  const before = merged(calls.map((one) => one.before.durations));
  if (totalOf(before) < BEFORE_AT_LEAST) return [];
  const p95 = bucketOfP95(before);
  if (edgeOf(p95) > FORMER_AT_MOST_MS) return [];
  const now = merged(calls.map((one) => one.now.durations));
  return Object.entries(now).map(([bucket, count]) => [Number(bucket) - p95, count]);
}

/**
 * The p95 of unmoved calls as a multiple of what it was; below 1 when they got faster. Undefined without enough of them
 * (C2), as when every module moved.
 */
export function inflationOf(tallies: readonly Tally[]): number | undefined {
  const shifts = [...byOperation(tallies)].flatMap(shiftsOf).sort(([a], [b]) => b - a);
  const calls = shifts.reduce((sum, [, count]) => sum + count, 0);
  if (calls < CALLS_AT_LEAST) return undefined;
  let above = calls * SHARE_ABOVE;
  for (const [shift, count] of shifts) {
    above -= count;
    if (above < 0) return edgeOf(shift) / edgeOf(0);
  }
  return undefined;
}
