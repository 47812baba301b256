import type { Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostIdentity } from '../src/host.ts';
import { roleOf, routeFor, shareOf } from '../src/route.ts';

const MODULES = ['a', 'b', 'c', 'd'];

const layouts: fc.Arbitrary<Layout> = fc
  .record({
    placed: fc.array(fc.constantFrom('bundle' as const, 'service' as const), { minLength: 4, maxLength: 4 }),
    canary: fc.dictionary(fc.constantFrom(...MODULES), fc.double({ min: 0.01, max: 1, noNaN: true })),
  })
  .map(({ placed, canary }) => ({
    placements: Object.fromEntries(MODULES.map((module, at) => [module, placed[at] ?? 'bundle'])),
    instances: { bundle: 1 },
    canary,
    configVersion: 1,
  }));

const hosts = fc.constantFrom<HostIdentity[]>(
  { instance: 'shop-0', nonce: '0'.repeat(16), kind: 'bundle', modules: MODULES },
  ...MODULES.map((module) => ({
    instance: `${module}-0`,
    nonce: '1'.repeat(16),
    kind: 'service' as const,
    modules: [module],
  })),
);
const rootIds = fc
  .tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1))
  .map((halves) => halves.map((half) => half.toString(16).padStart(8, '0')).join(''));

describe('routes', () => {
  it('E1: whatever a host routes to, the host there may serve, as primary or as standby', () => {
    fc.assert(
      fc.property(layouts, hosts, fc.constantFrom(...MODULES), rootIds, (layout, host, module, rootId) => {
        const route = routeFor(layout, host, module);
        expect(route).toBeDefined();
        if (route === undefined) return;
        const there = {
          local: host,
          bundle: { ...host, kind: 'bundle' as const, modules: MODULES },
          service: { ...host, kind: 'service' as const, modules: [module] },
        };
        const primary = shareOf(rootId) < route.share ? route.primary : route.remainder;
        expect(primary).toBeDefined();
        if (primary !== undefined) expect(roleOf(layout, there[primary], module, rootId)).toBe('primary');
        if (route.standby !== undefined)
          expect(roleOf(layout, there[route.standby], module, rootId)).toBeDefined();
      }),
    );
  });

  it('E1: a service serves a module only where a layout names it a service', () => {
    fc.assert(
      fc.property(layouts, hosts, fc.constantFrom(...MODULES), rootIds, (layout, host, module, rootId) => {
        const role = roleOf(layout, host, module, rootId);
        const named = layout.placements[module] === 'service';
        if (host.kind === 'service')
          expect(role).toBe(named && host.modules.includes(module) ? 'primary' : undefined);
        else if (!named) expect(role).toBe('primary');
        else expect(role).toBeDefined();
      }),
    );
  });

  it('gives a module that the layout does not name no route and no server', () => {
    const layout = { placements: {}, instances: { bundle: 1 }, canary: {}, configVersion: 1 };
    const host: HostIdentity = { instance: 'shop-0', nonce: '0'.repeat(16), kind: 'bundle', modules: ['a'] };
    expect(routeFor(layout, host, 'a')).toBeUndefined();
    expect(roleOf(layout, host, 'a', '0'.repeat(16))).toBeUndefined();
  });

  it('spreads consecutive roots evenly over a canary’s share', () => {
    let inside = 0;
    for (let n = 1; n <= 10_000; n += 1)
      if (shareOf(`7e577e57${n.toString(16).padStart(8, '0')}`) < 0.1) inside += 1;
    expect(inside).toBeGreaterThan(850);
    expect(inside).toBeLessThan(1150);
  });
});
