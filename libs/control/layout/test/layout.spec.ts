import {
  allowedEndpoint,
  allPlacements,
  modeOf,
  sameLayout,
  servicesOf,
  tightLayout,
  validateLayout,
  type Layout,
} from '../src/index.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modulesOf, shop } from './layouts.arbitrary.ts';

describe('shapes', () => {
  it('the tight layout of any modules is valid and tight', () => {
    fc.assert(
      fc.property(modulesOf, (modules) => {
        const layout = tightLayout(modules);
        expect(validateLayout(layout, modules)).toEqual([]);
        expect(modeOf(layout)).toBe('tight');
      }),
    );
  });

  it('there are 2^n different placements, one of them tight and one loose', () => {
    fc.assert(
      fc.property(modulesOf, (modules) => {
        const all = allPlacements(modules);
        expect(new Set(all.map((placements) => JSON.stringify(placements))).size).toBe(2 ** modules.length);
        const modes = all.map((placements) => modeOf({ ...tightLayout(modules), placements }));
        expect(modes.filter((mode) => mode === 'tight')).toHaveLength(1);
        expect(modes.filter((mode) => mode === 'loose')).toHaveLength(1);
      }),
    );
  });
});

describe('sameLayout', () => {
  it('does not care for the order of names, spelt-out defaults or leftovers of modules in the bundle', () => {
    fc.assert(
      fc.property(shop, ({ modules, layout }) => {
        const inBundle = modules.filter((module) => layout.placements[module] === 'bundle');
        const shuffled: Layout = {
          ...layout,
          placements: Object.fromEntries(Object.entries(layout.placements).reverse()),
          instances: { ...Object.fromEntries(inBundle.map((module) => [module, 3])), ...layout.instances },
          canary: Object.fromEntries(modules.map((module) => [module, inBundle.includes(module) ? 0.5 : 1])),
        };
        expect(sameLayout(layout, shuffled)).toBe(true);
        const one = Object.fromEntries(['bundle', ...servicesOf(layout)].map((host) => [host, 1]));
        expect(sameLayout({ ...layout, instances: one }, { ...layout, instances: {} })).toBe(true);
      }),
    );
  });

  it('sees every difference that routes differently', () => {
    fc.assert(
      fc.property(shop, ({ layout, other }) => {
        const alike =
          servicesOf(layout).join() === servicesOf(other).join() &&
          ['bundle', ...servicesOf(layout)].every((host) => layout.instances[host] === other.instances[host]);
        expect(sameLayout(layout, other)).toBe(alike);
      }),
    );
    const layout = {
      ...tightLayout(['a']),
      placements: { a: 'service' },
      instances: { bundle: 1, a: 1 },
    } as const;
    expect(sameLayout(layout, { ...layout, canary: { a: 0.5 } })).toBe(false);
    expect(sameLayout(layout, { ...layout, configVersion: 2 })).toBe(false);
  });
});

describe('validateLayout', () => {
  const modules = ['cart', 'payment'];
  const good: Layout = {
    placements: { cart: 'service', payment: 'bundle' },
    instances: { bundle: 4, cart: 4 },
    canary: { cart: 0.1 },
    configVersion: 3,
  };
  const fieldsOf = (layout: Layout): string[] => validateLayout(layout, modules).map(({ field }) => field);

  it('has nothing against any valid layout', () => {
    expect(fieldsOf(good)).toEqual([]);
    fc.assert(
      fc.property(shop, (given) => {
        expect(validateLayout(given.layout, given.modules)).toEqual([]);
      }),
    );
  });

  it.each([
    ['an unknown module', { placements: { ...good.placements, gone: 'bundle' } }, 'placements.gone'],
    ['a missing module', { placements: { cart: 'service' } }, 'placements.payment'],
    [
      'a placement elsewhere',
      { placements: { cart: 'service', payment: 'moon' as 'bundle' } },
      'placements.payment',
    ],
    ['no bundle', { instances: { bundle: 0, cart: 1 } }, 'instances.bundle'],
    ['too many bundles', { instances: { bundle: 5, cart: 1 } }, 'instances.bundle'],
    ['half a bundle', { instances: { bundle: 1.5, cart: 1 } }, 'instances.bundle'],
    ['a service without instances', { instances: { bundle: 1 } }, 'instances.cart'],
    ['too many instances', { instances: { bundle: 1, cart: 5 } }, 'instances.cart'],
    [
      'instances of a module in the bundle',
      { instances: { bundle: 1, cart: 1, payment: 1 } },
      'instances.payment',
    ],
    ['a canary of nothing', { canary: { cart: 0 } }, 'canary.cart'],
    ['a canary in the bundle', { canary: { payment: 0.5 } }, 'canary.payment'],
    ['a version that is none', { configVersion: 0 }, 'configVersion'],
  ] as const)('refuses %s', (_, change, field) => {
    expect(fieldsOf({ ...good, ...change } as Layout)).toEqual([field]);
  });
});

describe('allowedEndpoint (E1)', () => {
  it('gives every module exactly the primary kind that the layout names, and the bundle as a service’s standby', () => {
    fc.assert(
      fc.property(shop, ({ modules, layout }) => {
        for (const module of modules) {
          const inService = layout.placements[module] === 'service';
          const bundle = { kind: 'bundle', modules } as const;
          const service = { kind: 'service', modules: [module] } as const;
          expect(allowedEndpoint(layout, module, bundle)).toBe(inService ? 'standby' : 'primary');
          expect(allowedEndpoint(layout, module, service)).toBe(inService ? 'primary' : 'no');
          expect(allowedEndpoint(layout, module, { kind: 'service', modules: [] })).toBe('no');
        }
      }),
    );
  });

  it('knows no module that the layout does not name', () => {
    const layout = tightLayout(['cart']);
    for (const module of ['other', 'constructor'])
      expect(allowedEndpoint(layout, module, { kind: 'bundle', modules: [module] })).toBe('no');
  });
});
