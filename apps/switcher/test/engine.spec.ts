import { describe, expect, it } from 'vitest';
import { accepted, running } from './running.ts';

describe('the engine', () => {
  it('puts the tight layout with one bundle in force when there is none', async () => {
    const { cluster, control } = await running();
    expect(control.status()).toMatchObject({ epoch: 1, mode: 'tight', liveEpochs: [1], switches: [] });
    expect(cluster.names()).toEqual(['shop-0']);
    expect(cluster.rows).toMatchObject([{ app: 'shop', instance: 'shop-0' }]);
  });

  it('switches tight to loose and back, starting and retiring services', async () => {
    const { cluster, engine, control } = await running();
    const there = accepted(await control.propose({ mode: 'loose' }));
    await cluster.run(engine, 20);
    expect(cluster.names()).toEqual(['cart-0', 'catalog-0', 'payment-0', 'shipping-0', 'shop-0']);
    expect(await control.get(there.id)).toMatchObject({
      phase: 'ended',
      outcome: 'committed',
      from: 'tight',
      to: 'loose',
      fromEpoch: 1,
      epoch: 2,
    });
    const { prepareMs, routedMs, drainMs } = await control.get(there.id);
    expect([prepareMs, routedMs, drainMs].every((ms) => ms !== null && ms >= 0)).toBe(true);
    accepted(await control.propose({ mode: 'tight' }));
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ epoch: 3, mode: 'tight', liveEpochs: [3], switches: [] });
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('retires the bundle with the highest ordinal', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'tight', instances: { bundle: 2 } });
    await cluster.run(engine);
    expect(cluster.names()).toEqual(['shop-0', 'shop-1']);
    await control.propose({ mode: 'tight' });
    await cluster.run(engine);
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('loads at most two hosts at once', async () => {
    const { cluster, engine, control } = await running();
    cluster.loading = true;
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 5);
    expect(cluster.names()).toHaveLength(3);
    for (const host of cluster.hosts.values()) host.silent = false;
    await cluster.run(engine, 5);
    expect(cluster.names()).toHaveLength(5);
  });

  it('does not commit before the new hosts are ready, and aborts at the deadline with nothing changed', async () => {
    const { cluster, engine, control } = await running();
    cluster.coldStarts = true;
    const { id } = accepted(await control.propose({ mode: 'hybrid' }));
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ epoch: 1, preparedEpoch: 2 });
    await cluster.run(engine, 40, 1_000);
    expect(await control.get(id)).toMatchObject({ outcome: 'aborted', abort: { code: 'prepare_timeout' } });
    expect(control.status()).toMatchObject({ epoch: 1, preparedEpoch: null, liveEpochs: [1] });
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('keeps an epoch alive, and its hosts, until its last root has ended', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    cluster.host('shop-0').roots = { 2: 1 };
    const { id } = accepted(await control.propose({ mode: 'tight' }));
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ phase: 'draining', outcome: 'committed' });
    expect(cluster.names()).toEqual(['cart-0', 'payment-0', 'shop-0']);
    cluster.host('shop-0').roots = {};
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ phase: 'ended', outcome: 'committed' });
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('counts a silent edge as draining until it is proven dead', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'tight', instances: { bundle: 2 } });
    await cluster.run(engine);
    cluster.host('shop-1').roots = { 2: 1 };
    await cluster.run(engine, 1);
    cluster.host('shop-1').silent = true;
    await cluster.run(engine, 40);
    const { id } = accepted(await control.propose({ mode: 'hybrid' }));
    await cluster.run(engine, 40);
    expect(await control.get(id)).toMatchObject({ phase: 'draining', outcome: 'committed' });
    cluster.kill('shop-1');
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ phase: 'ended' });
  });

  it('drains several epochs side by side and lets a fourth wait in plan', async () => {
    const { cluster, engine, control } = await running();
    for (const [index, mode] of (['hybrid', 'loose'] as const).entries()) {
      cluster.host('shop-0').roots = { ...cluster.host('shop-0').roots, [index + 1]: 1 };
      await cluster.run(engine, 1);
      await control.propose({ mode });
      await cluster.run(engine, 20);
    }
    expect(control.status().liveEpochs).toEqual([1, 2, 3]);
    const { id } = accepted(await control.propose({ mode: 'tight' }));
    await cluster.run(engine, 20);
    expect(await control.get(id)).toMatchObject({ phase: 'planned', outcome: null });
    cluster.host('shop-0').roots = { 1: 1 };
    await cluster.run(engine, 20);
    expect(control.status().liveEpochs).toEqual([1, 4]);
    expect(await control.get(id)).toMatchObject({ outcome: 'committed' });
  });

  it('refuses to join hosts of several builds', async () => {
    const { cluster, engine, control } = await running();
    const { id } = accepted(await control.propose({ mode: 'hybrid' }));
    await engine.turn();
    await engine.turn();
    cluster.host('cart-0').build = 'b2';
    await cluster.run(engine);
    expect(await control.get(id)).toMatchObject({ outcome: 'aborted', abort: { code: 'build_mismatch' } });
  });

  it('writes every proposal and outcome into the audit log', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    const entries = await cluster.store().readAudit({ after: 0, limit: 100 });
    expect(entries.map(({ body }) => body.event)).toEqual([
      'committed',
      'ended',
      'held',
      'proposed',
      'committed',
      'trial',
      'ended',
    ]);
  });
});
