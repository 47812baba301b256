/** What a host tells of the calls that it made and served. */
import type { CallMeter, WayCount } from '@atlas/coupling-runtime';
import { METRICS, type Line, type MetricKey, type Metrics } from '@atlas/platform-telemetry';

interface Counted {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: WayCount;
}

/** Ways that nobody has gone are left out. */
function edgesOf(meter: CallMeter): Counted[] {
  return meter
    .edges()
    .flatMap(({ caller, module, operation, local, remote }): Counted[] => [
      { labels: { caller, module, operation, way: 'local' }, count: local },
      { labels: { caller, module, operation, way: 'remote' }, count: remote },
    ])
    .filter(({ count }) => count.calls > 0);
}

const servedOf = (meter: CallMeter): Counted[] =>
  meter.served().map(({ module, operation, ...count }) => ({ labels: { module, operation }, count }));

const totals = (counted: readonly Counted[]): Line[] =>
  counted.map(({ labels, count: { calls: value } }) => ({ labels, value }));

/** Of a summary without quantiles. */
const durations = (counted: readonly Counted[], key: MetricKey): Line[] =>
  counted.flatMap(({ labels, count: { timed, timedMs } }) => [
    { metricName: `${METRICS[key].name}_sum`, labels, value: timedMs / 1_000 },
    { metricName: `${METRICS[key].name}_count`, labels, value: timed },
  ]);

/** Lets the counts be read at each scrape. */
export function exposeCalls(metrics: Pick<Metrics, 'read'>, meter: CallMeter): void {
  metrics.read('calls', () => totals(edgesOf(meter)));
  metrics.read('callDuration', () => durations(edgesOf(meter), 'callDuration'));
  metrics.read('callsServed', () => totals(servedOf(meter)));
  metrics.read('callServedDuration', () => durations(servedOf(meter), 'callServedDuration'));
}
