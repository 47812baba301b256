import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Control } from '../src/engine/control.ts';
import type { Engine } from '../src/engine/engine.ts';
import { farewells } from '../src/machine/farewell.ts';
import { needsOf } from '../src/machine/needs.ts';
import type { Stage } from '../src/machine/state.ts';
import { Cluster, SHOP } from './cluster.ts';
import { CART, host, layout, seen, switching, TIGHT } from './observations.ts';

const KEEP_MS = 60_000;
const RETIRING: Stage = {
  phase: 'retiring',
  epoch: 2,
  committedAt: 9_500,
  ending: { outcome: 'committed', trial: 'passed' },
};

describe('a host without work', () => {
  const leaving = switching(RETIRING, { from: layout(1, CART), to: TIGHT });
  const now = (changes = {}) =>
    seen({ committed: layout(2), live: [layout(2)], keepWarmMs: KEEP_MS, ...changes });

  it('is kept from the commit on when the layout before used it', () => {
    const hosts = [host('shop-0'), host('cart-0')];
    expect(farewells(leaving, now({ hosts }))).toEqual([
      { kind: 'keep', instance: 'cart-0', nonce: 'cart-0', until: 9_500 + KEEP_MS },
    ]);
    const kept = [host('shop-0'), host('cart-0', { kept: true, keptUntil: 9_500 + KEEP_MS })];
    expect(farewells(leaving, now({ hosts: kept }))).toEqual([]);
  });

  it('is kept anew when it had been kept before', () => {
    const hosts = [host('shop-0'), host('cart-0', { kept: true, keptUntil: 11_000 })];
    expect(farewells(leaving, now({ hosts }))).toMatchObject([{ kind: 'keep', until: 9_500 + KEEP_MS }]);
  });

  it('is stopped when it is a bundle, cold, of another app, or after its time', () => {
    const hosts = [
      host('shop-0'),
      host('shop-1'),
      host('cart-0', { lease: { health: 'starting' } }),
      host('payment-0'),
    ];
    const stopped = farewells(leaving, now({ hosts })).map((effect) =>
      effect.kind === 'stop' ? effect.instance : effect.kind,
    );
    expect(stopped.sort()).toEqual(['cart-0', 'payment-0', 'shop-1']);
    const late = now({ hosts: [host('shop-0'), host('cart-0')], now: 9_500 + KEEP_MS });
    expect(farewells(leaving, late)).toMatchObject([{ kind: 'stop', instance: 'cart-0' }]);
  });

  it('is stopped after a switch that was aborted', () => {
    const aborted: Stage = {
      phase: 'retiring',
      epoch: 2,
      committedAt: null,
      ending: { outcome: 'aborted', reason: { code: 'operator', detail: '' } },
    };
    const hosts = [host('shop-0'), host('cart-0')];
    const state = switching(aborted, { from: layout(1, TIGHT) });
    const old = seen({ hosts, keepWarmMs: KEEP_MS });
    expect(farewells(state, old)).toMatchObject([{ kind: 'stop', instance: 'cart-0' }]);
  });
});

async function running(): Promise<{ cluster: Cluster; engine: Engine; control: Control }> {
  const cluster = new Cluster();
  const made = cluster.switcher(cluster.store(), { ...SHOP, keepWarmMs: KEEP_MS });
  await cluster.run(made.engine);
  return { cluster, ...made };
}

describe('services that are kept warm', () => {
  it('serve again without a start, and are stopped when nobody needed them for their time', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 20);
    const all = cluster.names();
    const nonces = [...cluster.hosts.keys()].sort();
    await control.propose({ mode: 'tight' });
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ mode: 'tight', liveEpochs: [3], switches: [] });
    expect(cluster.names()).toEqual(all);
    await control.propose({ mode: 'loose' });
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ mode: 'loose', switches: [] });
    expect([...cluster.hosts.keys()].sort()).toEqual(nonces);
    await control.propose({ mode: 'tight' });
    await cluster.run(engine, 20);
    await cluster.run(engine, 70, 1_000);
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('are kept by the next switcher too', async () => {
    const { cluster, engine, control } = await running();
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 20);
    await control.propose({ mode: 'tight' });
    await cluster.run(engine, 20);
    await engine.stop();
    const next = cluster.switcher(cluster.store(), { ...SHOP, keepWarmMs: KEEP_MS });
    await cluster.run(next.engine, 20);
    expect(cluster.names()).toEqual(['cart-0', 'payment-0', 'shop-0']);
    await cluster.run(next.engine, 70, 1_000);
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('never leave a live layout short, whatever sequence of shapes is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(fc.constantFrom(...SHOP.modules)), { minLength: 2, maxLength: 6 }),
        async (shapes) => {
          const { cluster, engine, control } = await running();
          for (const services of shapes) {
            const placements = Object.fromEntries(services.map((name) => [name, 'service' as const]));
            await control.propose({ placements }).catch(() => undefined);
            await cluster.run(engine, 15);
            const live = cluster.state.layouts.get(cluster.state.committed);
            const needed = Object.keys(needsOf(live ?? TIGHT, SHOP.bundle)).map((app) => `${app}-0`);
            expect(cluster.names()).toEqual(expect.arrayContaining(needed));
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});
