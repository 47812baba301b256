/**
 * Metrics of one process, exposed as Prometheus text.
 *
 * M1  Only names of `METRICS` exist.
 * M2  The epoch label is bounded: series of epochs that are no longer live are dropped (`keepEpochs`).
 * M3  Process figures are read when scraped, never on a timer of ours; only a timer shows how late the event loop is.
 */
import { getHeapStatistics } from 'node:v8';
import { Counter, Gauge, Registry, type Metric } from 'prom-client';
import { EdgeSeries, type EdgeSample, type Line } from './edge-series.ts';
import { LoopDelay } from './loop-delay.ts';
import { METRICS, type MetricKey } from './metric-names.ts';
import { diskIo, networkLines, watchSockets } from './process-io.ts';

/** One value of a gauge that is read when scraped, with its labels. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What every process tells of itself, and what it adds. */
export interface ProcessMetrics {
  /** Lets a metric of any kind be read at each scrape; a histogram's lines name its buckets, sum and count themselves. */
  read(key: MetricKey, lines: () => readonly Line[]): void;
  /** Prometheus text format. */
  expose(): Promise<string>;
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
  /** Lets a gauge be read at each scrape; its former series are replaced. */
  gauge(key: MetricKey, read: () => readonly Reading[]): void;
  /** Lets a metric of any kind be read at each scrape. */
  read(key: MetricKey, lines: () => readonly Line[]): void;
  /** Prometheus text format. */
  expose(): Promise<string>;
  readonly contentType: string;
  close(): void;
}

function counter(registry: Registry, key: MetricKey): Counter {
  const { name, help, labels } = METRICS[key];
  return new Counter({ name, help, labelNames: [...labels], registers: [registry] });
}

function readGauge(registry: Registry, key: MetricKey, read: () => readonly Reading[]): void {
  const { name, help, labels } = METRICS[key];
  new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels: at, value } of read()) this.set({ ...at }, value);
    },
  });
}

let lastResidentBytes = 0;

/** Asking the system takes a file descriptor: without a free one the last answer counts, and all else is still told. */
function residentBytes(): number {
  try {
    lastResidentBytes = process.memoryUsage.rss();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
  }
  return lastResidentBytes;
}

/** M3. Returns what stops the timer and the watch of sockets. */
function watchProcess(registry: Registry): () => void {
  const delay = new LoopDelay();
  const single = (value: number): Reading[] => [{ labels: {}, value }];
  readGauge(registry, 'eventLoopDelay', () => {
    const { p50, p99, max } = delay.read();
    return Object.entries({ '0.5': p50, '0.99': p99, '1': max }).map(([quantile, value]) => ({
      labels: { quantile },
      value,
    }));
  });
  readGauge(registry, 'residentMemory', () => single(residentBytes()));
  readGauge(registry, 'heapUsed', () => single(getHeapStatistics().used_heap_size));
  // The same at each scrape: a process is told from its successor by it.
  readGauge(registry, 'startTime', () => single(performance.timeOrigin / 1_000));
  const { name, help } = METRICS.cpuSeconds;
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const sockets = watchSockets();
  readLines(registry, 'networkIo', () => networkLines(sockets.bytes()));
  readLines(registry, 'diskIo', diskIo);
  return () => {
    delay.close();
    sockets.close();
  };
}

/** A metric whose lines are made when it is scraped, as the registry wants one. */
function readLines(registry: Registry, key: MetricKey, read: () => readonly Line[]): void {
  const { name, help, kind: type } = METRICS[key];
  const get = () => Promise.resolve({ name, help, type, values: read(), aggregator: 'sum' });
  registry.registerMetric({ name, get, reset: () => {} } as unknown as Metric);
}

/** Metrics of a process that is no host. Close it to let the process end. */
export function createProcessMetrics(): ProcessMetrics {
  const registry = new Registry();
  const close = watchProcess(registry);
  return {
    read: (key, lines) => readLines(registry, key, lines),
    expose: () => registry.metrics(),
    contentType: registry.contentType,
    close,
  };
}

/** Builds the metrics of a host. Close it to let the process end. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const answers = new EdgeSeries();
  readLines(registry, 'edgeArrivals', () => answers.arrivals());
  readLines(registry, 'edgeRequests', () => answers.requests());
  readLines(registry, 'edgeDuration', () => answers.durations());
  const runs = counter(registry, 'pumpRuns');
  const stop = watchProcess(registry);
  return {
    arrived: (operation) => answers.arrived(operation),
    edge: (sample) => answers.count(sample),
    pumpRun: (operation, outcome) => runs.inc({ operation, outcome }),
    keepEpochs: (live) => answers.keep(live),
    gauge: (key, read) => readGauge(registry, key, read),
    read: (key, lines) => readLines(registry, key, lines),
    expose: () => registry.metrics(),
    contentType: registry.contentType,
    close: stop,
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
    gauge: nothing,
    read: nothing,
    expose: () => Promise.resolve(''),
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    close: nothing,
  };
}
