/**
 * Counts what arrives at the edge, and counts and times its answers. Plain numbers in an array per series, turned into what Prometheus reads only when
 * it asks: the client library's own `inc` and `observe` sort and join the labels at each answer.
 *
 * S1  A series is what arrived for one operation, or the answers of one operation, status, mode and epoch; series of dropped epochs are gone.
 */
import { METRICS } from './metric-names.ts';

/** One answer of the edge. `seconds` from a head that has been read to the complete answer. */
export interface EdgeSample {
  readonly operation: string;
  readonly status: number;
  readonly mode: string;
  readonly epoch: number;
  readonly seconds: number;
}

interface Series {
  readonly operation: string;
  readonly code: number;
  readonly status: string;
  readonly mode: string;
  readonly epoch: string;
  /** Answers per bucket, not cumulated; the last one has no upper bound. */
  readonly counts: number[];
  seconds: number;
}

/** One line of the text format. */
export interface Line {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

const { buckets: BOUNDS, name: DURATION } = METRICS.edgeDuration;

function newSeries({ operation, status, mode, epoch }: EdgeSample): Series {
  const counts = new Array<number>(BOUNDS.length + 1).fill(0);
  return { operation, code: status, status: String(status), mode, epoch: String(epoch), counts, seconds: 0 };
}

const total = ({ counts }: Series): number => counts.reduce((sum, count) => sum + count, 0);

export class EdgeSeries {
  /** Epoch → operation → its series: few, and found without a key to be made of their labels. */
  readonly #epochs = new Map<number, Map<string, Series[]>>();

  /** Operation → requests. */
  readonly #arrivals = new Map<string, number>();

  arrived(operation: string): void {
    this.#arrivals.set(operation, (this.#arrivals.get(operation) ?? 0) + 1);
  }

  count(sample: EdgeSample): void {
    let known = this.#epochs.get(sample.epoch);
    if (known === undefined) this.#epochs.set(sample.epoch, (known = new Map()));
    let all = known.get(sample.operation);
    if (all === undefined) known.set(sample.operation, (all = []));
    let series = all.find(({ code, mode }) => code === sample.status && mode === sample.mode);
    if (series === undefined) all.push((series = newSeries(sample)));
    let bucket = 0;
    while (bucket < BOUNDS.length && sample.seconds > (BOUNDS[bucket] ?? 0)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.seconds += sample.seconds;
  }

  /** S1. */
  keep(live: readonly number[]): void {
    for (const epoch of this.#epochs.keys()) if (!live.includes(epoch)) this.#epochs.delete(epoch);
  }

  /** Of `METRICS.edgeArrivals`. */
  arrivals(): Line[] {
    return [...this.#arrivals].map(([operation, value]) => ({ labels: { operation }, value }));
  }

  /** Of `METRICS.edgeRequests`. */
  requests(): Line[] {
    return this.#all().map((series) => {
      const { operation, status, mode, epoch } = series;
      return { labels: { operation, status, mode, epoch }, value: total(series) };
    });
  }

  /** Of `METRICS.edgeDuration`, over all statuses. */
  durations(): Line[] {
    const merged = Map.groupBy(this.#all(), ({ operation, mode, epoch }) => `${operation} ${mode} ${epoch}`);
    return [...merged.values()].flatMap(durationLines);
  }

  #all(): Series[] {
    return [...this.#epochs.values()].flatMap((known) => [...known.values()].flat());
  }
}

/** Cumulated buckets, sum and count of series that differ in their status alone. */
function durationLines(all: readonly Series[]): Line[] {
  const [first] = all;
  if (first === undefined) return [];
  const { operation, mode, epoch } = first;
  const labels = { operation, mode, epoch };
  let cumulated = 0;
  const buckets = [...BOUNDS, '+Inf'].map((le, bucket) => {
    for (const { counts } of all) cumulated += counts[bucket] ?? 0;
    return { metricName: `${DURATION}_bucket`, labels: { le, ...labels }, value: cumulated };
  });
  const seconds = all.reduce((sum, series) => sum + series.seconds, 0);
  return [
    ...buckets,
    { metricName: `${DURATION}_sum`, labels, value: seconds },
    { metricName: `${DURATION}_count`, labels, value: cumulated },
  ];
}
