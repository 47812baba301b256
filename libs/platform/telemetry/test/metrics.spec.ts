import { METRICS, createMetrics } from '../src/index.ts';
import { afterEach, describe, expect, it } from 'vitest';

const metrics = createMetrics();
afterEach(() => metrics.close());

const sample = { operation: 'cart.getCart', status: 200, mode: 'tight', seconds: 0.003 };

describe('metrics', () => {
  it('count and time answers by operation, mode and epoch, and keep live epochs only (M2)', () => {
    metrics.edge({ ...sample, epoch: 7 });
    metrics.edge({ ...sample, epoch: 7 });
    metrics.edge({ ...sample, epoch: 8, mode: 'loose' });
    const before = metrics.expose();
    expect(before).toContain(
      'atlas_edge_requests_total{operation="cart.getCart",status="200",mode="tight",epoch="7"} 2',
    );
    expect(before).toContain(
      'atlas_edge_request_duration_seconds_bucket{le="0.005",operation="cart.getCart",mode="loose",epoch="8"} 1',
    );
    metrics.keepEpochs([8]);
    const after = metrics.expose();
    expect(after).not.toContain('epoch="7"');
    expect(after).toContain('epoch="8"');
  });

  it('count what arrives, of whatever epoch it will be', () => {
    for (const operation of ['cart.getCart', 'cart.getCart', 'edge.unmatched']) metrics.arrived(operation);
    metrics.keepEpochs([]);
    const text = metrics.expose();
    expect(text).toContain('atlas_edge_arrivals_total{operation="cart.getCart"} 2');
    expect(text).toContain('atlas_edge_arrivals_total{operation="edge.unmatched"} 1');
  });

  it('read process figures and given gauges at each scrape', () => {
    let open = 1;
    metrics.read('openRoots', () => [{ labels: { epoch: '9' }, value: open }]);
    expect(metrics.expose()).toContain('atlas_open_roots{epoch="9"} 1');
    open = 2;
    const text = metrics.expose();
    expect(text).toContain('atlas_open_roots{epoch="9"} 2');
    expect(text).toMatch(/process_resident_memory_bytes \d{7,}/);
    expect(text).toMatch(/process_cpu_seconds_total [\d.]+/);
    expect(text).toMatch(/process_network_io_bytes_total\{direction="receive"\} \d+/);
    expect(text).toMatch(/atlas_event_loop_delay_seconds\{quantile="0.99"\} [\d.e-]+/);
  });

  it('write what Prometheus reads: labels with signs that end them, and numbers that are none', () => {
    const labels = { consumer: 'a "b" \\ c\nd' };
    metrics.read('logLag', () => [Infinity, -Infinity, NaN, 0.5].map((value) => ({ labels, value })));
    metrics.read('edgeConnections', () => []);
    const text = metrics.expose();
    const lag = 'atlas_event_log_lag_seconds';
    expect(text).toContain(`# TYPE ${lag} gauge\n${lag}{consumer="a \\"b\\" \\\\ c\\nd"} +Inf\n`);
    expect(text.match(/lag_seconds\{.*\} (\S+)$/gm)?.map((line) => line.split(' ').at(-1))).toEqual([
      ...['+Inf', '-Inf', 'NaN', '0.5'],
    ]);
    expect(text).toContain('# TYPE atlas_edge_connections gauge\n');
  });

  it('count runs of the pump by outcome', () => {
    for (const outcome of ['ok', 'gap', 'ok']) metrics.pumpRun('cart.recover', outcome);
    expect(metrics.expose()).toContain('atlas_pump_runs_total{operation="cart.recover",outcome="ok"} 2\n');
  });

  it('expose only names of the registry (M1)', () => {
    const exposed = metrics.expose().matchAll(/^# TYPE (\S+) (\S+)$/gm);
    const known = Object.values(METRICS).map(({ name, kind }) => `${name} ${kind}`);
    for (const [, name, kind] of exposed) expect(known).toContain(`${name} ${kind}`);
  });
});
