/** What is asked of a judge: how soon, and from when on a service is proved slow. Pure. */
import type { Durations } from '@atlas/control-layout';
import { operationsOf } from '@atlas/switcher-app/machine';
import type { Look } from './recording.ts';

/** What is asked (issue 4): taken back within these times, ms. */
export const AFTER_PROOF_MS = 1_000;
export const AFTER_FAULT_MS = 10_000;

const SHARE_ABOVE = 0.05;
const SLOW_TOO_MANY = 20;

const total = (durations: Durations): number =>
  Object.values(durations).reduce((sum, count) => sum + count, 0);

const above = (durations: Durations, bucket: number): number =>
  Object.entries(durations).reduce((sum, [at, count]) => sum + (Number(at) > bucket ? count : 0), 0);

/** The bucket above which 5 % of the calls lie. */
function p95(durations: Durations): number {
  const buckets = Object.keys(durations)
    .map(Number)
    .sort((a, b) => a - b);
  return buckets.find((bucket) => above(durations, bucket) <= total(durations) * SHARE_ABOVE) ?? Infinity;
}

/** When an operation first had 20 calls above its former p95 in excess of expectation, whatever the judge makes of it. */
export function twentySlowAt(looks: readonly Look[]): number | undefined {
  return looks.find(({ tallies }) =>
    Object.values(operationsOf(tallies)).some(({ before, now, pending }) => {
      if (total(before.durations) === 0) return false;
      const edge = p95(before.durations);
      const slow = above(now.durations, edge) + above(pending, edge) + now.late;
      return slow - SHARE_ABOVE * (total(now.durations) + above(pending, edge) + now.late) >= SLOW_TOO_MANY;
    }),
  )?.at;
}
