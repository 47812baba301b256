import { allPlacements, modeOf, parseTarget, servicesOf, validateLayout } from '../src/index.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shop } from './layouts.arbitrary.ts';

const modules = ['catalog', 'cart', 'payment', 'shipping'];
const context = { modules, hybrid: ['cart', 'payment'] };

function layoutOf(target: unknown): ReturnType<typeof servicesOf> {
  const parsed = parseTarget(target, context);
  if (!parsed.ok) throw new Error(parsed.message);
  return servicesOf(parsed.layout);
}

describe('parseTarget', () => {
  it('understands the three modes', () => {
    expect(layoutOf({ mode: 'tight' })).toEqual([]);
    expect(layoutOf({ mode: 'loose' })).toEqual([...modules].sort());
    expect(layoutOf({ mode: 'hybrid' })).toEqual(['cart', 'payment']);
    expect(layoutOf({ mode: 'hybrid', extract: ['shipping'] })).toEqual(['shipping']);
  });

  it('gives every host one instance unless told otherwise', () => {
    const parsed = parseTarget({ mode: 'hybrid', instances: { bundle: 2, cart: 3 } }, context);
    expect(parsed).toMatchObject({ ok: true, layout: { instances: { bundle: 2, cart: 3, payment: 1 } } });
  });

  it('leaves modules that are not named in the bundle, and keeps the configuration in force', () => {
    const parsed = parseTarget({ placements: { cart: 'service' } }, { ...context, configVersion: 7 });
    expect(parsed).toEqual({
      ok: true,
      layout: {
        placements: { catalog: 'bundle', cart: 'service', payment: 'bundle', shipping: 'bundle' },
        instances: { bundle: 1, cart: 1 },
        canary: {},
        configVersion: 7,
      },
    });
  });

  it('reaches all 16 placements', () => {
    const reached = allPlacements(modules).map((placements) => layoutOf({ placements }).join());
    expect(new Set(reached).size).toBe(16);
  });

  it('reads back every valid layout from its placements and instances', () => {
    fc.assert(
      fc.property(shop, (given) => {
        const { placements, instances } = given.layout;
        const parsed = parseTarget({ placements, instances }, { modules: given.modules, hybrid: [] });
        expect(parsed).toEqual({ ok: true, layout: given.layout });
      }),
    );
  });

  it('answers any JSON with a valid layout or with problems, never by throwing', () => {
    const target = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          mode: fc.oneof(fc.constantFrom('tight', 'hybrid', 'loose'), fc.jsonValue()),
          extract: fc.oneof(fc.subarray(modules), fc.jsonValue()),
          placements: fc.jsonValue(),
          instances: fc.oneof(
            fc.dictionary(fc.constantFrom('bundle', ...modules), fc.integer()),
            fc.jsonValue(),
          ),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(target, (given) => {
        const parsed = parseTarget(given, context);
        if (parsed.ok) {
          expect(validateLayout(parsed.layout, modules)).toEqual([]);
          const mode = (given as { mode?: string }).mode;
          if (mode !== undefined) expect(modeOf(parsed.layout)).toBe(mode);
        } else expect(parsed.problems.length).toBeGreaterThan(0);
      }),
    );
  });

  it.each([
    [null, 'target: must be an object'],
    [[], 'target: must be an object'],
    [{}, 'mode: must be "tight", "hybrid" or "loose", or give placements'],
    [{ mode: 'losse' }, 'mode: must be'],
    [{ mode: 'tight', reason: 'x' }, 'reason: is unknown'],
    [{ mode: 'tight', placements: {} }, 'placements: cannot be given together'],
    [{ mode: 'tight', extract: ['cart'] }, 'extract: goes with mode "hybrid" only'],
    [{ placements: {}, extract: ['cart'] }, 'extract: goes with mode "hybrid" only'],
    [{ mode: 'hybrid', extract: 'cart' }, 'extract: must be a list'],
    [{ mode: 'hybrid', extract: [] }, 'this would be tight'],
    [{ mode: 'hybrid', extract: modules }, 'this would be loose'],
    [{ mode: 'hybrid', extract: ['card'] }, 'extract.card: there is no module "card"'],
    [{ placements: { card: 'service' } }, 'placements.card: there is no module "card"'],
    [{ placements: { cart: 'sevice' } }, 'placements.cart: must be "bundle" or "service"'],
    [{ placements: ['cart'] }, 'placements: must be an object'],
    [{ placements: JSON.parse('{"__proto__":"service"}') as unknown }, 'there is no module "__proto__"'],
    [{ mode: 'tight', instances: { bundle: 0 } }, 'instances.bundle: must be a whole number from 1 to 4'],
    [{ mode: 'tight', instances: { bundle: '2' } }, 'instances.bundle: must be a number'],
    [{ mode: 'tight', instances: { bundles: 2 } }, 'instances.bundles: there is no module'],
    [{ mode: 'tight', instances: { cart: 2 } }, 'instances.cart: "cart" is not placed as a service'],
    [{ mode: 'tight', instances: 2 }, 'instances: must be an object'],
  ])('refuses %j and says why', (target, message) => {
    const parsed = parseTarget(target, context);
    expect(parsed).toMatchObject({ ok: false, message: expect.stringContaining(message) as string });
  });
});
