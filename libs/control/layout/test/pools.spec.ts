import { poolSizes, servicesOf, tightLayout, type Layout } from '../src/index.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutOf, modulesOf } from './layouts.arbitrary.ts';

const several = modulesOf.chain((modules) =>
  fc.record({
    modules: fc.constant(modules),
    layouts: fc.array(layoutOf(modules), { minLength: 1, maxLength: 4 }),
    budget: fc.integer({ min: 1, max: 200 }),
  }),
);

/** Connections that the hosts of one layout would open, when all layouts are live. */
function opened(layout: Layout, layouts: readonly Layout[], budget: number): number {
  const sizes = poolSizes(layouts, budget);
  const perBundle = Object.values(sizes.bundle).reduce((a, b) => a + b, 0);
  const services = servicesOf(layout).map((m) => (layout.instances[m] ?? 1) * (sizes.service[m] ?? 0));
  return (layout.instances['bundle'] ?? 1) * perBundle + services.reduce((a, b) => a + b, 0);
}

describe('poolSizes', () => {
  it('never exceeds the budget, for all live layouts together and so for each, unless not even one each fits', () => {
    fc.assert(
      fc.property(several, ({ layouts, budget }) => {
        const sizes = poolSizes(layouts, budget);
        if (sizes.fits) expect(sizes.total).toBeLessThanOrEqual(budget);
        else expect(Object.values(sizes.bundle).every((size) => size === 1)).toBe(true);
        for (const layout of layouts)
          expect(opened(layout, layouts, budget)).toBeLessThanOrEqual(sizes.total);
      }),
    );
  });

  it('gives every pool at least one connection, and one to exactly the pools that exist', () => {
    fc.assert(
      fc.property(several, ({ modules, layouts, budget }) => {
        const sizes = poolSizes(layouts, budget);
        expect(Object.keys(sizes.bundle).sort()).toEqual([...modules].sort());
        const services = [...new Set(layouts.flatMap(servicesOf))].sort();
        expect(Object.keys(sizes.service).sort()).toEqual(services);
        for (const size of [...Object.values(sizes.bundle), ...Object.values(sizes.service)])
          expect(size).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('gives a primary at least what a standby gets, and uses most of the budget', () => {
    fc.assert(
      fc.property(several, ({ layouts, budget }) => {
        const sizes = poolSizes(layouts, budget);
        for (const [module, size] of Object.entries(sizes.service))
          expect(size).toBeGreaterThanOrEqual(sizes.bundle[module] ?? 0);
        const hosts = 4 * (Object.keys(sizes.bundle).length + Object.keys(sizes.service).length);
        if (sizes.fits) expect(budget - sizes.total).toBeLessThan(hosts);
      }),
    );
  });

  it('divides 60 connections: the most to primaries, one at least to everybody', () => {
    const modules = ['catalog', 'cart', 'payment', 'shipping'];
    const tight = tightLayout(modules);
    expect(poolSizes(tight, 60)).toEqual({
      bundle: { catalog: 15, cart: 15, payment: 15, shipping: 15 },
      service: {},
      total: 60,
      fits: true,
    });
    const loose: Layout = {
      ...tight,
      placements: Object.fromEntries(modules.map((module) => [module, 'service'])),
      instances: { bundle: 1, catalog: 1, cart: 1, payment: 1, shipping: 1 },
    };
    expect(poolSizes(loose, 60)).toMatchObject({ bundle: { cart: 3 }, service: { cart: 11 }, total: 56 });
    expect(poolSizes([tight, loose], 60)).toMatchObject({ bundle: { cart: 7 }, service: { cart: 7 } });
    expect(poolSizes(loose, 7)).toMatchObject({ fits: false, total: 8 });
  });

  it('needs no layout', () => {
    expect(poolSizes([], 60)).toEqual({ bundle: {}, service: {}, total: 0, fits: true });
  });
});
