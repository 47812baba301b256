/** Counts of a trial, put together over hosts, operations and durations. Pure. */
import {
  LAST_BUCKET,
  type CallCounts,
  type Durations,
  type OperationTally,
  type Tally,
} from '@atlas/control-layout';

/** Share of calls above a p95. */
export const SHARE_ABOVE = 0.05;

export const totalOf = (durations: Durations): number =>
  Object.values(durations).reduce((sum, count) => sum + count, 0);

export const countAbove = (durations: Durations, bucket: number): number =>
  Object.entries(durations).reduce((sum, [at, count]) => (Number(at) > bucket ? sum + count : sum), 0);

/** The bucket that holds the 95th percentile. */
export function bucketOfP95(durations: Durations): number {
  let above = totalOf(durations) * SHARE_ABOVE;
  for (let bucket = LAST_BUCKET; bucket > 0; bucket -= 1) {
    above -= durations[bucket] ?? 0;
    if (above < 0) return bucket;
  }
  return 0;
}

/** Bucket by bucket. */
export function merged(all: readonly Durations[]): Durations {
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

export const joined = (all: readonly OperationTally[]): OperationTally => ({
  toppable: all.some(({ toppable }) => toppable),
  before: summed(all.map(({ before }) => before)),
  now: summed(all.map(({ now }) => now)),
  pending: merged(all.map(({ pending }) => pending)),
});

/** One operation of all hosts together. */
const operationOf = (tallies: readonly Tally[], name: string): OperationTally =>
  joined(tallies.flatMap(({ operations }) => operations[name] ?? []));

/** The operations of all hosts together. */
export function operationsOf(tallies: readonly Tally[]): Readonly<Record<string, OperationTally>> {
  const names = [...new Set(tallies.flatMap(({ operations }) => Object.keys(operations)))].sort();
  return Object.fromEntries(names.map((name) => [name, operationOf(tallies, name)]));
}
