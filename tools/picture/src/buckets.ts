import type { RequestRecord } from '@atlas/load';
import { quantileSorted } from 'd3-array';

/** What happened to the requests that were scheduled in one slice of time. */
export interface Bucket {
  /** Seconds since the first request, at the slice's start. */
  readonly at: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** A time in which answers came from one epoch; neighbours may overlap: old and new live side by side. */
export interface Band {
  readonly epoch: number;
  readonly mode: string;
  /** Seconds since the first request. */
  readonly from: number;
  readonly to: number;
}

export interface Timeline {
  readonly seconds: number;
  readonly buckets: readonly Bucket[];
  readonly bands: readonly Band[];
}

type Row = Pick<RequestRecord, 'scheduled' | 'done' | 'failed' | 'epoch' | 'mode' | 'phase'>;

/** Cuts the load phase of a request log into slices of `sliceS` seconds. Latency runs from the scheduled moment. */
export async function timelineOf(
  rows: AsyncIterable<Row> | Iterable<Row>,
  sliceS: number,
): Promise<Timeline> {
  const load: Row[] = [];
  for await (const row of rows) if (row.phase === 'load') load.push(row);
  if (load.length === 0) throw new Error('the log holds no request of the load');
  const start = load.reduce((least, row) => Math.min(least, row.scheduled), Infinity);
  const at = (row: Row): number => (row.scheduled - start) / 1000;
  const slices = Map.groupBy(load, (row) => Math.floor(at(row) / sliceS));
  const buckets = [...slices.keys()]
    .sort((a, b) => a - b)
    .map((slice) => bucketOf(slices.get(slice) ?? [], slice, sliceS));
  const epochs = Map.groupBy(
    load.filter((row) => row.epoch !== null),
    (row) => row.epoch ?? 0,
  );
  const bands = [...epochs].sort(([a], [b]) => a - b).map(([epoch, answered]) => bandOf(epoch, answered, at));
  return { seconds: Math.max(...buckets.map((bucket) => bucket.at)) + sliceS, buckets, bands };
}

function bucketOf(rows: readonly Row[], slice: number, sliceS: number): Bucket {
  const latencies = rows.map((row) => row.done - row.scheduled).sort((a, b) => a - b);
  return {
    at: slice * sliceS,
    perSecond: rows.length / sliceS,
    p50Ms: quantileSorted(latencies, 0.5) ?? 0,
    p99Ms: quantileSorted(latencies, 0.99) ?? 0,
    failed: rows.filter((row) => row.failed).length,
  };
}

function bandOf(epoch: number, rows: readonly Row[], at: (row: Row) => number): Band {
  let [from, to] = [Infinity, 0];
  for (const row of rows) {
    from = Math.min(from, at(row));
    to = Math.max(to, at(row));
  }
  return { epoch, mode: rows[0]?.mode ?? 'unknown', from, to };
}
