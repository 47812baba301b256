/**
 * What a recorded good trial would have been, had a surge begun in the middle of it. Pure.
 *
 * U1  From the middle look on there are so many times as many roots, and calls, and each call takes so many times as long,
 *     of modules that did not move, too.
 * U2  Nothing else changes: the strain is that of the trial as it was, as if the machine had room left for all of it.
 */
import {
  bucketOf,
  edgeOf,
  LAST_BUCKET,
  type CallCounts,
  type Durations,
  type Tally,
} from '@atlas/control-layout';
import type { Look, Recording } from './recording.ts';

/** As the load that ADR 7 tells of. */
export const SURGE_TIMES = 4;

/** Numbers of one look, and of the middle one. */
type Since = readonly [now: number, middle: number];

const more = ([now, middle]: Since): number => middle + (now - middle) * SURGE_TIMES;

const longer = (bucket: string): number =>
  Math.min(LAST_BUCKET, bucketOf(edgeOf(Number(bucket)) * SURGE_TIMES));

/** Those of before the middle as they were; those since, more and longer. */
function surgedDurations(now: Durations, middle: Durations): Durations {
  const sums: Record<string, number> = { ...middle };
  for (const [bucket, count] of Object.entries(now)) {
    const since = (count - (middle[bucket] ?? 0)) * SURGE_TIMES;
    if (since > 0) sums[longer(bucket)] = (sums[longer(bucket)] ?? 0) + since;
  }
  return sums;
}

const NONE: CallCounts = { calls: 0, errors: 0, late: 0, durations: {} };

const surgedCounts = (now: CallCounts, middle: CallCounts = NONE): CallCounts => ({
  calls: more([now.calls, middle.calls]),
  errors: more([now.errors, middle.errors]),
  late: more([now.late, middle.late]),
  durations: surgedDurations(now.durations, middle.durations),
});

function surgedTally(now: Tally, middle: Tally | undefined): Tally {
  const operations = Object.entries(now.operations).map(([name, counts]) => {
    const surged = surgedCounts(counts.now, middle?.operations[name]?.now);
    return [name, { ...counts, now: surged, pending: surgedDurations(counts.pending, {}) }];
  });
  const roots = now.roots && { ...now.roots, count: more([now.roots.count, middle?.roots?.count ?? 0]) };
  return { ...now, operations: Object.fromEntries(operations), ...(roots && { roots }) };
}

/** The looks of a trial with a surge from its middle one on (U1). Hosts are those of the middle look in the same places. */
export function surgedLooks({ looks }: Pick<Recording, 'looks'>): Look[] {
  const from = Math.floor(looks.length / 2);
  const middle = looks[from]?.tallies ?? [];
  return looks.map(({ at, tallies }, look) => ({
    at,
    tallies: look <= from ? tallies : tallies.map((tally, place) => surgedTally(tally, middle[place])),
  }));
}
