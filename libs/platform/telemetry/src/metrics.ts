/**
 * Metrics of one process, exposed as Prometheus text.
 *
 * M1  Only names of `METRICS` exist.
 * M2  The epoch label is bounded: series of epochs that are no longer live are dropped (`keepEpochs`).
 * M3  Process figures are read when scraped, never on a timer of ours.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { EdgeSeries, type EdgeSample, type Line } from './edge-series.ts';
import { Exposition, TEXT_TYPE } from './exposition.ts';
import type { MetricKey } from './metric-names.ts';
import { diskIo, networkLines, watchSockets } from './process-io.ts';

/** What every process tells of itself, and what it adds. */
export interface ProcessMetrics {
  /** Lets a metric be read at each scrape; a histogram's lines name its buckets, sum and count themselves. */
  read(key: MetricKey, lines: () => readonly Line[]): void;
  /** Prometheus text format. */
  expose(): string;
  readonly contentType: string;
  close(): void;
}

export interface Metrics {
  /** Counts one request whose head has arrived, whatever becomes of it. */
  arrived(operation: string): void;
  /** Counts and times one answer. */
  edge(sample: EdgeSample): void;
  /** Counts one run of a job or one handled event. */
  pumpRun(operation: string, outcome: string): void;
  /** M2. Call whenever the set of live epochs changes. */
  keepEpochs(live: readonly number[]): void;
  /** Lets a metric be read at each scrape. */
  read(key: MetricKey, lines: () => readonly Line[]): void;
  /** Prometheus text format. */
  expose(): string;
  readonly contentType: string;
  close(): void;
}

/** Event-loop delay is sampled this often, ms: each sample wakes a process that may have nothing else to do. */
const DELAY_RESOLUTION_MS = 200;
const NANOSECONDS = 1e9;

/** Runs of the pump, by operation and outcome. */
class Runs {
  readonly #lines = new Map<string, { readonly labels: Line['labels']; value: number }>();

  count(operation: string, outcome: string): void {
    const key = `${operation} ${outcome}`;
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = { labels: { operation, outcome }, value: 0 }));
    line.value += 1;
  }

  lines(): readonly Line[] {
    return [...this.#lines.values()];
  }
}

const single = (value: number): Line[] => [{ labels: {}, value }];

/** M3. Returns what stops the sampler of delays and the watch of sockets. */
function watchProcess(exposition: Exposition): () => void {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  exposition.read('eventLoopDelay', () => {
    const excess = (ns: number): number => Math.max(0, ns / NANOSECONDS - DELAY_RESOLUTION_MS / 1_000);
    const readings = [
      { labels: { quantile: '0.5' }, value: excess(delay.percentile(50)) },
      { labels: { quantile: '0.99' }, value: excess(delay.percentile(99)) },
      { labels: { quantile: '1' }, value: excess(delay.max) },
    ];
    delay.reset();
    return readings;
  });
  exposition.read('residentMemory', () => single(process.memoryUsage.rss()));
  exposition.read('heapUsed', () => single(getHeapStatistics().used_heap_size));
  // The same at each scrape: a process is told from its successor by it.
  exposition.read('startTime', () => single(performance.timeOrigin / 1_000));
  exposition.read('cpuSeconds', () => {
    const { user, system } = process.cpuUsage();
    return single((user + system) / 1e6);
  });
  const sockets = watchSockets();
  exposition.read('networkIo', () => networkLines(sockets.bytes()));
  exposition.read('diskIo', diskIo);
  return () => {
    delay.disable();
    sockets.close();
  };
}

/** Metrics of a process that is no host. Close it to let the process end. */
export function createProcessMetrics(): ProcessMetrics {
  const exposition = new Exposition();
  const close = watchProcess(exposition);
  return {
    read: (key, lines) => exposition.read(key, lines),
    expose: () => exposition.text(),
    contentType: TEXT_TYPE,
    close,
  };
}

/** Builds the metrics of a host. Close it to let the process end. */
export function createMetrics(): Metrics {
  const answers = new EdgeSeries();
  const runs = new Runs();
  const { read, ...rest } = createProcessMetrics();
  read('edgeArrivals', () => answers.arrivals());
  read('edgeRequests', () => answers.requests());
  read('edgeDuration', () => answers.durations());
  read('pumpRuns', () => runs.lines());
  return {
    ...rest,
    read,
    arrived: (operation) => answers.arrived(operation),
    edge: (sample) => answers.count(sample),
    pumpRun: (operation, outcome) => runs.count(operation, outcome),
    keepEpochs: (live) => answers.keep(live),
  };
}

/** Counts nothing: what telemetry costs is measured against it. */
export function silentMetrics(): Metrics {
  const nothing = (): void => {};
  return {
    arrived: nothing,
    edge: nothing,
    pumpRun: nothing,
    keepEpochs: nothing,
    read: nothing,
    expose: () => '',
    contentType: TEXT_TYPE,
    close: nothing,
  };
}
