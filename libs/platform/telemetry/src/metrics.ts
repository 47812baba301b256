/**
 * Metrics of one process, exposed as Prometheus text.
 *
 * M1  Only names of `METRICS` exist.
 * M2  The epoch label is bounded: series of epochs that are no longer live are dropped (`keepEpochs`).
 * M3  Process figures are read when scraped, never on a timer of ours.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricKey } from './metric-names.ts';

/** One answer of the edge. `seconds` from first byte to complete answer. */
export interface EdgeSample {
  readonly operation: string;
  readonly status: number;
  readonly mode: string;
  readonly epoch: number;
  readonly seconds: number;
}

/** One value of a gauge that is read when scraped, with its labels. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metrics {
  /** Counts and times one answer. */
  edge(sample: EdgeSample): void;
  /** Counts one run of a job or one handled event. */
  pumpRun(operation: string, outcome: string): void;
  /** M2. Call whenever the set of live epochs changes. */
  keepEpochs(live: readonly number[]): void;
  /** Lets a gauge be read at each scrape; its former series are replaced. */
  gauge(key: MetricKey, read: () => readonly Reading[]): void;
  /** Prometheus text format. */
  expose(): Promise<string>;
  readonly contentType: string;
  close(): void;
}

/** Event-loop delay is sampled this often, in milliseconds. */
const DELAY_RESOLUTION_MS = 50;
const NANOSECONDS = 1e9;

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

/** M3. Returns what stops the delay sampler. */
function watchProcess(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  const single = (value: number): Reading[] => [{ labels: {}, value }];
  readGauge(registry, 'eventLoopDelay', () => {
    const excess = (ns: number): number => Math.max(0, ns / NANOSECONDS - DELAY_RESOLUTION_MS / 1_000);
    const readings = [
      { labels: { quantile: '0.5' }, value: excess(delay.percentile(50)) },
      { labels: { quantile: '0.99' }, value: excess(delay.percentile(99)) },
      { labels: { quantile: '1' }, value: excess(delay.max) },
    ];
    delay.reset();
    return readings;
  });
  readGauge(registry, 'residentMemory', () => single(process.memoryUsage.rss()));
  readGauge(registry, 'heapUsed', () => single(process.memoryUsage().heapUsed));
  readGauge(registry, 'startTime', () => single((Date.now() - process.uptime() * 1_000) / 1_000));
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
  return () => delay.disable();
}

/** Builds the metrics of this process. Close it to let the process end. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const requests = counter(registry, 'edgeRequests');
  const { name, help, labels, buckets } = METRICS.edgeDuration;
  const duration = new Histogram({
    name,
    help,
    labelNames: [...labels],
    buckets: [...buckets],
    registers: [registry],
  });
  const runs = counter(registry, 'pumpRuns');
  const stop = watchProcess(registry);
  /** Epoch → `operation status mode` of its series. */
  const series = new Map<number, Set<string>>();
  const drop = (epoch: number, names: ReadonlySet<string>): void => {
    for (const key of names) {
      const [operation = '', status = '', mode = ''] = key.split(' ');
      requests.remove({ operation, status, mode, epoch: String(epoch) });
      duration.remove({ operation, mode, epoch: String(epoch) });
    }
    series.delete(epoch);
  };
  return {
    edge({ operation, status, mode, epoch, seconds }) {
      let known = series.get(epoch);
      if (known === undefined) series.set(epoch, (known = new Set()));
      known.add(`${operation} ${status} ${mode}`);
      const label = String(epoch);
      requests.inc({ operation, status: String(status), mode, epoch: label });
      duration.observe({ operation, mode, epoch: label }, seconds);
    },
    pumpRun: (operation, outcome) => runs.inc({ operation, outcome }),
    keepEpochs(live) {
      for (const [epoch, names] of series) if (!live.includes(epoch)) drop(epoch, names);
    },
    gauge: (key, read) => readGauge(registry, key, read),
    expose: () => registry.metrics(),
    contentType: registry.contentType,
    close: stop,
  };
}
