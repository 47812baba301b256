import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Layout } from '@atlas/control-layout';
import type { Control } from '../src/engine/control.ts';
import type { Engine } from '../src/engine/engine.ts';
import { needsOf, prewarmNeeds, protectedNeeds, union } from '../src/machine/needs.ts';
import { covers, keeps, PREWARM_MS, prewarmed } from '../src/machine/prewarm.ts';
import { tend, type Level } from '../src/machine/index.ts';
import { Cluster, SHOP } from './cluster.ts';
import { CART, host, layout, other, seen, TIGHT } from './observations.ts';

const HYBRID = { placements: { cart: 'service', payment: 'service' } } as const;
const LOOSE: Layout = {
  ...TIGHT,
  placements: Object.fromEntries(SHOP.modules.map((name) => [name, 'service' as const])),
};
const prewarm = { target: CART, until: 20_000 };

const anyLayout: fc.Arbitrary<Layout> = fc
  .tuple(fc.subarray([...SHOP.modules]), fc.integer({ min: 1, max: 3 }))
  .map(([services, count]) => ({
    ...TIGHT,
    placements: Object.fromEntries(
      SHOP.modules.map((name) => [
        name,
        services.includes(name) ? ('service' as const) : ('bundle' as const),
      ]),
    ),
    instances: { bundle: count, ...Object.fromEntries(services.map((name) => [name, count])) },
  }));

describe('a pre-warm', () => {
  it('wants only services of modules that no live layout places outside, and bundles beyond those that serve (W1)', () => {
    fc.assert(
      fc.property(anyLayout, anyLayout, (live, target) => {
        const wanted = prewarmNeeds(seen({ live: [layout(1, live)], prewarm: { target, until: 20_000 } }));
        const { [SHOP.bundle]: bundles = Infinity, ...services } = wanted;
        expect(bundles).toBeGreaterThan(live.instances['bundle'] ?? 1);
        for (const app of Object.keys(services)) {
          expect(target.placements[app]).toBe('service');
          expect(live.placements[app]).toBe('bundle');
        }
      }),
    );
  });

  it('takes nothing from what live layouts need (E2)', () => {
    fc.assert(
      fc.property(anyLayout, anyLayout, (live, target) => {
        const now = seen({ live: [layout(1, live)], prewarm: { target, until: 20_000 } });
        const needs = needsOf(live, SHOP.bundle);
        expect(union([protectedNeeds(now), needs])).toEqual(protectedNeeds(now));
      }),
    );
  });

  it('starts what is missing while no switch prepares, and keeps by a row what has started', () => {
    const empty = seen({ prewarm });
    expect(tend(empty)).toEqual([{ kind: 'start', app: 'cart', instance: 'cart-0' }]);
    expect(tend({ ...empty, open: [other({ phase: 'planned' })] })).toEqual([]);
    const onTrial = { phase: 'trial', epoch: 1, committedAt: 0, deadlineAt: 0, breach: null } as const;
    expect(tend({ ...empty, open: [other(onTrial)] })).toMatchObject([{ kind: 'start' }]);
    const started = seen({ prewarm, hosts: [host('shop-0'), host('cart-0', { lease: null })] });
    expect(tend(started)).toEqual([{ kind: 'keep', instance: 'cart-0', nonce: 'cart-0', until: 20_000 }]);
    const kept = [host('shop-0'), host('cart-0', { kept: true, keptUntil: 20_000 }), host('cart-1')];
    expect(tend({ ...started, hosts: kept })).toEqual([
      { kind: 'stop', instance: 'cart-1', nonce: 'cart-1' },
    ]);
    expect(keeps({ ...started, live: [layout(1, CART)] })).toEqual([]);
    const [foreign, unasked] = [host('cart-0', { driven: false }), host('payment-0')];
    expect(keeps({ ...started, hosts: [host('shop-0'), foreign, unasked] })).toEqual([]);
  });

  it('keeps of bundles the one in reserve, not those that serve', () => {
    const reserve = host('shop-1', { reserve: true, lease: { health: 'reserve' } });
    const two = { target: { ...TIGHT, instances: { bundle: 2 } }, until: 20_000 };
    expect(keeps(seen({ prewarm: two, hosts: [host('shop-0'), reserve] }))).toEqual([
      { kind: 'keep', instance: 'shop-1', nonce: 'shop-1', until: 20_000 },
    ]);
  });

  it('is one for less of the same, prolonged when it is worth it; another takes its place (W2)', () => {
    const wish = (target: Layout, until: number) => prewarmed(prewarm, { target, until }, SHOP.bundle);
    expect(prewarmed(null, prewarm, SHOP.bundle)).toBe(prewarm);
    expect(wish(CART, 79_999)).toBe(prewarm);
    expect(wish(CART, 80_000)).toEqual({ target: CART, until: 80_000 });
    expect(wish(TIGHT, 20_001)).toBe(prewarm);
    expect(wish(LOOSE, 20_001)).toEqual({ target: LOOSE, until: 20_001 });
    const payment = { ...TIGHT, placements: { ...TIGHT.placements, payment: 'service' as const } };
    expect(wish(payment, 20_001)).toEqual({ target: payment, until: 20_001 });
    expect(covers({ ...CART, instances: { cart: 2 } }, CART, SHOP.bundle)).toBe(true);
    expect(covers(CART, { ...CART, instances: { cart: 2 } }, SHOP.bundle)).toBe(false);
    expect(covers(CART, { ...TIGHT, instances: { bundle: 2 } }, SHOP.bundle)).toBe(false);
  });
});

interface Scene {
  readonly cluster: Cluster;
  readonly engine: Engine;
  readonly control: Control;
}
async function running(level: Level = 4): Promise<Scene> {
  const cluster = new Cluster();
  const made = cluster.switcher(cluster.store(), { ...SHOP, autonomy: level });
  await cluster.run(made.engine);
  return { cluster, ...made };
}
const WARM = ['cart-0', 'payment-0', 'shop-0'];

describe('services that are pre-warmed', () => {
  it('are there before the switch that needs them, which starts nothing', async () => {
    const { cluster, engine, control } = await running();
    expect(await control.warm(HYBRID)).toMatchObject({
      target: { mode: 'hybrid' },
      starts: [{ instance: 'cart-0' }, { instance: 'payment-0' }],
    });
    await cluster.run(engine);
    expect(cluster.names()).toEqual(WARM);
    expect(control.status()).toMatchObject({
      epoch: 1,
      mode: 'tight',
      prewarm: { target: { mode: 'hybrid' } },
    });
    expect(await control.warm(HYBRID)).toMatchObject({ starts: [] });
    const pids = [...cluster.hosts.keys()].sort();
    await control.propose({ mode: 'hybrid', source: 'brain' });
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ mode: 'hybrid', prewarm: null });
    expect([...cluster.hosts.keys()].sort()).toEqual(pids);
  });

  it('end by themselves when nobody needed them in time', async () => {
    const { cluster, engine, control } = await running();
    await control.warm({ ...HYBRID, minutes: 1 });
    await cluster.run(engine, 50, 1_000);
    expect(cluster.names()).toEqual(WARM);
    await cluster.run(engine, 15, 1_000);
    expect(cluster.names()).toEqual(['shop-0']);
    expect(control.status().prewarm).toBeNull();
    const entries = await cluster.store().readAudit({ after: 0, limit: 100 });
    expect(entries.map(({ body }) => body['event'])).toEqual(expect.arrayContaining(['warm', 'warm-ended']));
  });

  it('are kept by the next switcher, and brought back when one dies', async () => {
    const { cluster, engine, control } = await running();
    await control.warm(HYBRID);
    await cluster.run(engine);
    await engine.stop();
    const next = cluster.switcher(cluster.store(), { ...SHOP, autonomy: 4 });
    await cluster.run(next.engine);
    expect(cluster.names()).toEqual(WARM);
    cluster.kill('cart-0');
    await cluster.run(next.engine);
    expect(cluster.names()).toEqual(WARM);
  });

  it('are not begun below level 3, in a freeze or against policy', async () => {
    const { control } = await running(2);
    await expect(control.warm(HYBRID)).rejects.toMatchObject({ code: 'held_by_level' });
    await control.setLevel(3);
    const many = { cart: 24, payment: 24 };
    await expect(control.warm({ ...HYBRID, instances: many })).rejects.toMatchObject({
      code: 'refused_by_policy',
    });
    await control.freeze('stocktaking');
    await expect(control.warm(HYBRID)).rejects.toMatchObject({ code: 'held_by_freeze' });
    expect(PREWARM_MS).toBe(15 * 60_000);
  });
});

describe('a bundle in reserve', () => {
  const TWO = { mode: 'tight', instances: { bundle: 2 } } as const;
  const ready = (control: Control): string[] =>
    control.status().hosts.flatMap(({ instance, health }) => (health === 'ready' ? [instance] : []));

  it('is warm and accepts nobody, whatever layout is in force, until one counts on it', async () => {
    const { cluster, engine, control } = await running();
    expect(await control.warm(TWO)).toMatchObject({ starts: [{ instance: 'shop-1' }] });
    await cluster.run(engine);
    expect(cluster.names()).toEqual(['shop-0', 'shop-1']);
    expect(ready(control)).toEqual(['shop-0']);
    await control.propose({ ...HYBRID, source: 'operator' });
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ mode: 'hybrid' });
    expect(ready(control)).toEqual(['cart-0', 'payment-0', 'shop-0']);
    await control.propose({ ...TWO, source: 'operator' });
    await cluster.run(engine, 20);
    expect(ready(control)).toEqual(['shop-0', 'shop-1']);
    expect(control.status()).toMatchObject({ mode: 'tight', prewarm: null });
  });

  it('takes the place of one that dies, and another is started in its own', async () => {
    const { cluster, engine, control } = await running();
    await control.warm(TWO);
    await cluster.run(engine);
    cluster.kill('shop-0');
    await cluster.run(engine, 1);
    expect(ready(control)).toEqual(['shop-1']);
    await cluster.run(engine);
    expect(cluster.names()).toEqual(['shop-0', 'shop-1']);
    expect(ready(control)).toEqual(['shop-1']);
  });

  it('accepts beside one that falls silent: nobody knows whether that one serves', async () => {
    const { cluster, engine, control } = await running();
    await control.warm({ ...TWO, minutes: 1 });
    await cluster.run(engine);
    cluster.host('shop-0').silent = true;
    await cluster.run(engine, 4, 1_000);
    expect(ready(control)).toContain('shop-1');
    expect(cluster.names()).toContain('shop-0');
  });

  it('goes before a bundle that serves when its time is up, and stays in reserve under the next switcher', async () => {
    const { cluster, engine, control } = await running();
    await control.warm({ ...TWO, minutes: 1 });
    await cluster.run(engine);
    await engine.stop();
    const next = cluster.switcher(cluster.store(), { ...SHOP, autonomy: 4 });
    await cluster.run(next.engine);
    expect(cluster.names()).toEqual(['shop-0', 'shop-1']);
    expect(ready(next.control)).toEqual(['shop-0']);
    await cluster.run(next.engine, 70, 1_000);
    expect(cluster.names()).toEqual(['shop-0']);
    expect(ready(next.control)).toEqual(['shop-0']);
  });

  it('stays when another pre-warm takes the place of its own, for its time', async () => {
    const { cluster, engine, control } = await running();
    await control.warm(TWO);
    await cluster.run(engine);
    await control.warm(HYBRID);
    await cluster.run(engine);
    expect(cluster.names()).toEqual(['cart-0', 'payment-0', 'shop-0', 'shop-1']);
    expect(ready(control)).toEqual(['cart-0', 'payment-0', 'shop-0']);
  });

  it('that was opened for a switch that was given up is replaced: no more bundles accept than the layout says', async () => {
    const { cluster, engine, control } = await running();
    await control.warm(TWO);
    await cluster.run(engine);
    const { nonce } = cluster.host('shop-1').record;
    cluster.host('shop-0').deaf = true; // it acks nothing: the switch cannot be committed
    const answer = await control.propose({ ...TWO, source: 'operator' });
    await cluster.run(engine, 3);
    expect(ready(control)).toEqual(['shop-0', 'shop-1']);
    cluster.host('shop-0').deaf = false;
    await control.abort(answer.kind === 'accepted' ? answer.switch.id : '', 'changed my mind');
    await cluster.run(engine, 20);
    expect(ready(control)).toEqual(['shop-0']);
    expect(cluster.names()).toEqual(['shop-0', 'shop-1']);
    expect(cluster.host('shop-1').record.nonce).not.toBe(nonce);
  });

  it('that cannot be opened now is tried again, and holds up nothing else', async () => {
    const cluster = new Cluster();
    const store = cluster.store();
    let refusing = true;
    const { engine, control } = cluster.switcher(
      {
        ...store,
        recordHost: (token, record, write) =>
          refusing && record.instance === 'shop-1' && record.purpose === 'serving'
            ? Promise.reject(new Error('not now'))
            : store.recordHost(token, record, write),
      },
      { ...SHOP, autonomy: 4 },
    );
    await cluster.run(engine);
    await control.warm(TWO);
    await cluster.run(engine);
    await control.propose({ mode: 'hybrid', instances: { bundle: 2 }, source: 'operator' });
    await cluster.run(engine, 3);
    expect(cluster.names()).toEqual(['cart-0', 'payment-0', 'shop-0', 'shop-1']);
    expect(ready(control)).not.toContain('shop-1');
    refusing = false;
    await cluster.run(engine, 20);
    expect(control.status()).toMatchObject({ mode: 'hybrid' });
    expect(ready(control)).toContain('shop-1');
  });
});
