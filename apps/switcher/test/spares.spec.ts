import { describe, expect, it } from 'vitest';
import { startable, vacancies } from '../src/machine/needs.ts';
import { isHung, isLoading } from '../src/machine/observation.ts';
import { tend } from '../src/machine/index.ts';
import { Cluster, SHOP } from './cluster.ts';
import { host, other, seen } from './observations.ts';

const SPARES = { app: 'spare', count: 2 };
const spare = (ordinal: number, changes = {}) =>
  host(`spare-${ordinal}`, { kept: true, blank: true, lease: null, ...changes });
const loading = { blank: false };
const starts = (now: ReturnType<typeof seen>): string[] =>
  tend(now).flatMap((effect) => (effect.kind === 'start' ? [effect.instance] : [effect.kind]));

describe('spares', () => {
  const now = (...hosts: ReturnType<typeof host>[]) =>
    seen({ spares: SPARES, hosts: [host('shop-0'), ...hosts] });

  it('are started one after another, when nothing else is going on', () => {
    expect(starts(now())).toEqual(['spare-0']);
    expect(starts(now(spare(0, loading)))).toEqual([]);
    expect(starts(now(spare(0)))).toEqual(['spare-1']);
    expect(starts(now(spare(0), spare(1)))).toEqual([]);
    expect(starts({ ...now(), open: [other({ phase: 'planned' })] })).toEqual([]);
    expect(starts({ ...now(), committed: null, live: [] })).not.toContain('spare-0');
    expect(starts({ ...now(), spares: null })).toEqual([]);
    expect(starts({ ...now(), obstacle: { code: 'build_mismatch', detail: 'another build' } })).toEqual([]);
  });

  it('are loading only before they say that they are blank, and hang only then', () => {
    const old = { createdAt: 1 };
    const late = seen({ now: 100_000 });
    expect([spare(0), spare(0, loading)].map(isLoading)).toEqual([false, true]);
    expect([spare(0, old), spare(0, { ...old, ...loading })].map((one) => isHung(one, late))).toEqual([
      false,
      true,
    ]);
  });

  it('let as many more services start at once, but no bundle', () => {
    const needs = { shop: 3, ...Object.fromEntries(SHOP.modules.map((module) => [module, 1])) };
    const hosts = [host('shop-0'), spare(0), spare(1)];
    const open = vacancies(needs, hosts);
    const taken = startable(open, seen({ hosts })).map(({ app }) => app);
    expect(taken).toEqual(['shop', 'shop', 'catalog', 'cart']);
    const one = startable(open, seen({ hosts, coldStartsAtOnce: 1 })).map(({ app }) => app);
    expect(one).toEqual(['shop', 'catalog', 'cart']);
  });

  it('and services are started one after another, the next while the one before gets warm', () => {
    const needs = { shop: 1, cart: 1, payment: 1 };
    const next = (cart: ReturnType<typeof host>): string[] => {
      const hosts = [host('shop-0'), cart];
      const now = seen({ hosts, coldStartsAtOnce: 1 });
      return startable(vacancies(needs, hosts), now).map(({ app }) => app);
    };
    expect(next(host('cart-0', { lease: null }))).toEqual([]);
    expect(next(host('cart-0', { lease: { health: 'starting' } }))).toEqual(['payment']);
  });

  it('become services in a switch, and are filled up after it', async () => {
    const cluster = new Cluster();
    const { engine, control } = cluster.switcher(cluster.store(), { ...SHOP, spares: SPARES });
    await cluster.run(engine, 20);
    expect(cluster.names()).toEqual(['shop-0', 'spare-0', 'spare-1']);
    expect(control.status().hosts).toContainEqual(
      expect.objectContaining({ instance: 'spare-0', health: 'spare' }),
    );
    expect(cluster.rows).toContainEqual(expect.objectContaining({ instance: 'spare-0', rpc: null }));
    await control.propose({ mode: 'hybrid' });
    await cluster.run(engine, 25);
    expect(control.status()).toMatchObject({ mode: 'hybrid', switches: [] });
    expect(cluster.names()).toEqual(['cart-0', 'payment-0', 'shop-0', 'spare-0', 'spare-1']);
  });
});
