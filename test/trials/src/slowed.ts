/**
 * What a recorded good trial would have been, had the new services been slower. Pure.
 *
 * S1  Only calls of modules that became services are longer: each by as much as a fault of `npm run trials` makes it.
 * S2  Nothing else changes. In life calls would end later, and callers of the slow module would be slower, too.
 */
import { bucketOf, edgeOf, LAST_BUCKET, type Durations, type Tally } from '@atlas/control-layout';
import type { Look, Recording } from './recording.ts';

/** As the rule of the fault `slow` says. */
export const SLOWER_MS = 200;

/** Modules that are services now and were not before. */
const newServices = ({ from, to }: Recording): string[] =>
  Object.keys(to).filter((module) => to[module] === 'service' && from?.[module] !== 'service');

function longer(durations: Durations): Durations {
  const sums: Record<string, number> = {};
  for (const [bucket, count] of Object.entries(durations)) {
    const at = Math.min(LAST_BUCKET, bucketOf(edgeOf(Number(bucket)) + SLOWER_MS));
    sums[at] = (sums[at] ?? 0) + count;
  }
  return sums;
}

const slowedTally = (tally: Tally, isSlow: (operation: string) => boolean): Tally => ({
  ...tally,
  operations: Object.fromEntries(
    Object.entries(tally.operations).map(([name, counts]) => {
      const { now } = counts;
      return [name, isSlow(name) ? { ...counts, now: { ...now, durations: longer(now.durations) } } : counts];
    }),
  ),
});

/** The looks of a trial with its new services slower (S1); undefined when it has none. */
export function slowedLooks(recording: Recording): Look[] | undefined {
  const slow = new Set(newServices(recording));
  if (slow.size === 0) return undefined;
  const isSlow = (operation: string): boolean => slow.has(operation.slice(0, operation.indexOf('.')));
  return recording.looks.map(({ at, tallies }) => ({
    at,
    tallies: tallies.map((one) => slowedTally(one, isSlow)),
  }));
}
