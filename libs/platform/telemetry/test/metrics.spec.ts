import { METRICS, createMetrics } from '../src/index.ts';
import { afterEach, describe, expect, it } from 'vitest';

const metrics = createMetrics();
afterEach(() => metrics.close());

const sample = { operation: 'cart.getCart', status: 200, mode: 'tight', seconds: 0.003 };

describe('metrics', () => {
  it('count and time answers by operation, mode and epoch, and keep live epochs only (M2)', async () => {
    metrics.edge({ ...sample, epoch: 7 });
    metrics.edge({ ...sample, epoch: 7 });
    metrics.edge({ ...sample, epoch: 8, mode: 'loose' });
    const before = await metrics.expose();
    expect(before).toContain(
      'atlas_edge_requests_total{operation="cart.getCart",status="200",mode="tight",epoch="7"} 2',
    );
    expect(before).toContain(
      'atlas_edge_request_duration_seconds_bucket{le="0.005",operation="cart.getCart",mode="loose",epoch="8"} 1',
    );
    metrics.keepEpochs([8]);
    const after = await metrics.expose();
    expect(after).not.toContain('epoch="7"');
    expect(after).toContain('epoch="8"');
  });

  it('count what arrives, of whatever epoch it will be', async () => {
    for (const operation of ['cart.getCart', 'cart.getCart', 'edge.unmatched']) metrics.arrived(operation);
    metrics.keepEpochs([]);
    const text = await metrics.expose();
    expect(text).toContain('atlas_edge_arrivals_total{operation="cart.getCart"} 2');
    expect(text).toContain('atlas_edge_arrivals_total{operation="edge.unmatched"} 1');
  });

  it('read process figures and given gauges at each scrape', async () => {
    let open = 1;
    metrics.gauge('openRoots', () => [{ labels: { epoch: '9' }, value: open }]);
    expect(await metrics.expose()).toContain('atlas_open_roots{epoch="9"} 1');
    open = 2;
    const text = await metrics.expose();
    expect(text).toContain('atlas_open_roots{epoch="9"} 2');
    expect(text).toMatch(/process_resident_memory_bytes \d{7,}/);
    expect(text).toMatch(/process_cpu_seconds_total [\d.]+/);
    expect(text).toMatch(/process_network_io_bytes_total\{direction="receive"\} \d+/);
    expect(text).toMatch(/atlas_event_loop_delay_seconds\{quantile="0.99"\} [\d.e-]+/);
  });

  it('are told, too, by a process that has no file descriptor left to ask for its memory with', async () => {
    const [resident] = /^process_resident_memory_bytes \d+$/m.exec(await metrics.expose()) ?? [];
    const { memoryUsage } = process;
    const none = (): never => {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    };
    process.memoryUsage = Object.assign(none, { rss: none });
    try {
      const text = await metrics.expose();
      expect(text).toContain(resident);
      expect(text).toMatch(/^nodejs_heap_size_used_bytes \d{7,}$/m);
    } finally {
      process.memoryUsage = memoryUsage;
    }
  });

  it('tell how long the event loop stood still since the scrape before', async () => {
    await metrics.expose();
    const until = performance.now() + 600;
    while (performance.now() < until);
    const [, most] =
      /^atlas_event_loop_delay_seconds\{quantile="1"\} (\S+)$/m.exec(await metrics.expose()) ?? [];
    expect(Number(most)).toBeGreaterThan(0.3);
  });

  it('expose only names of the registry (M1)', async () => {
    const exposed = (await metrics.expose()).matchAll(/^# TYPE (\S+) (\S+)$/gm);
    const known = Object.values(METRICS).map(({ name, kind }) => `${name} ${kind}`);
    for (const [, name, kind] of exposed) expect(known).toContain(`${name} ${kind}`);
  });
});
