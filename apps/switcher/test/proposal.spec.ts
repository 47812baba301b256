import { describe, expect, it } from 'vitest';
import {
  judge,
  ordinalOf,
  planOf,
  refusals,
  rollbackTarget,
  stableLayouts,
  targetOf,
  type Observation,
  type Proposal,
  type SwitchState,
} from '../src/machine/index.ts';
import type { Ending } from '../src/machine/state.ts';
import { SHOP } from './cluster.ts';
import { CART, host, layout, other, seen, switching, TIGHT } from './observations.ts';

describe('a wish', () => {
  const target = (...args: Parameters<typeof targetOf>) => {
    const found = targetOf(...args);
    if ('wrong' in found) throw new Error(found.wrong);
    return found.layout;
  };

  it('of a mode places all, none, or what hybrid extracts', () => {
    const services = (mode: 'tight' | 'hybrid' | 'loose') =>
      Object.entries(target({ mode }, SHOP, null).placements)
        .filter(([, place]) => place === 'service')
        .map(([name]) => name);
    expect(services('tight')).toEqual([]);
    expect(services('hybrid')).toEqual(['cart', 'payment']);
    expect(services('loose')).toEqual(SHOP.modules);
  });

  it('of placements sends what is not named to the bundle, with one instance each', () => {
    expect(target({ placements: { cart: 'service' } }, SHOP, null)).toEqual(CART);
    expect(target({ placements: { cart: 'bundle' } }, SHOP, null)).toEqual(TIGHT);
  });

  it('keeps canary weights of services and the version of the configuration', () => {
    const current = { ...CART, canary: { cart: 0.5, payment: 0.1 }, configVersion: 4 };
    expect(target({ placements: { cart: 'service' } }, SHOP, current)).toMatchObject({
      canary: { cart: 0.5 },
      configVersion: 4,
    });
  });

  it.each([
    [{}, 'mode'],
    [{ mode: 'tight', placements: {} } as const, 'mode'],
    [{ placements: { moon: 'service' } } as const, 'placements.moon'],
    [{ mode: 'tight', instances: { cart: 2 } } as const, 'instances.cart'],
  ])('%j is refused by its field', (wish, field) => {
    expect(targetOf(wish, SHOP, null)).toMatchObject({ field });
  });
});

describe('a plan', () => {
  it('names starts, stops and moves', () => {
    const now = seen({ committed: layout(1, CART), hosts: [host('shop-0'), host('cart-0')] });
    const loose = { ...TIGHT, placements: { ...TIGHT.placements, payment: 'service' as const } };
    expect(planOf(loose, now)).toEqual({
      starts: [{ app: 'payment', instance: 'payment-0' }],
      stops: ['cart-0'],
      moves: [
        { module: 'cart', from: 'service', to: 'bundle' },
        { module: 'payment', from: 'bundle', to: 'service' },
      ],
    });
    expect(planOf(CART, seen({ committed: null })).moves).toEqual([
      { module: 'cart', from: 'bundle', to: 'service' },
    ]);
  });

  it('is refused when it needs too many hosts or connections, or when hosts differ or are silent', () => {
    const many = { ...TIGHT, instances: { bundle: 30 } };
    expect(refusals(TIGHT, SHOP, seen())).toEqual([]);
    expect(refusals({ ...TIGHT, instances: {} }, SHOP, seen())).toEqual([]);
    expect(refusals(many, SHOP, seen())).toHaveLength(2);
    const pooled = (bundle: number) =>
      refusals({ ...TIGHT, instances: { bundle } }, { ...SHOP, poolBudget: 1_000 }, seen());
    expect(pooled(24)).toEqual([]);
    expect(pooled(25)).toEqual(['the layout needs 25 hosts, at most 24 are allowed']);
    const mixed = seen({ hosts: [host('shop-0'), host('shop-1', { lease: { contractHash: 'x' } })] });
    expect(refusals(TIGHT, SHOP, mixed)).toEqual([expect.stringContaining('different builds')]);
    const silent = seen({
      hosts: ['shop-0', 'shop-1'].map((name) => host(name, { lease: { live: false } })),
    });
    expect(refusals(TIGHT, SHOP, silent)).toEqual([expect.stringContaining('frozen')]);
  });
});

describe('a proposal', () => {
  const verdict = (changes: Partial<Proposal>, now: Partial<Observation> = {}, changedAt = 0) =>
    judge(
      { id: 'sw-9', kind: 'switch', source: 'operator', reason: '', to: CART, bodyHash: null, ...changes },
      SHOP,
      seen(now),
      changedAt,
    );
  const planned = { phase: 'planned' } as const;
  const preparing = { phase: 'preparing', epoch: null, deadlineAt: 1 } as const;
  const ending = { outcome: 'committed', trial: 'passed' } as const;
  const draining = { phase: 'draining', epoch: 1, committedAt: 1, ending } as const;

  it('is planned, decided now', () => {
    expect(verdict({})).toMatchObject({ kind: 'accepted', state: { stage: planned, decidedAt: 10_000 } });
    expect(verdict({ basedOnEpoch: 1, observedAt: 9_999 }, {}, 9_000)).toMatchObject({ kind: 'accepted' });
  });

  it('is stale when decided on another epoch, before the last change, or too long ago', () => {
    expect(verdict({ basedOnEpoch: 2 })).toMatchObject({ kind: 'stale' });
    expect(verdict({ basedOnEpoch: 0 }, { committed: null })).toMatchObject({ kind: 'accepted' });
    expect(verdict({ observedAt: 8_999 }, {}, 9_000)).toMatchObject({ kind: 'stale' });
    expect(verdict({ observedAt: 30_000 }, { now: 100_000 })).toMatchObject({ kind: 'stale' });
  });

  it('meets one that is not weaker, before its commit, as busy', () => {
    for (const stage of [planned, preparing]) {
      expect(verdict({}, { open: [other(stage)] })).toMatchObject({ kind: 'busy', with: { id: 'sw-2' } });
      expect(verdict({ source: 'brain' }, { open: [other(stage)] })).toMatchObject({ kind: 'busy' });
      expect(verdict({ source: 'emergency' }, { open: [other(stage)] })).toMatchObject({ kind: 'accepted' });
    }
    expect(verdict({}, { open: [other(draining)] })).toMatchObject({ kind: 'accepted' });
  });

  it('of what is in force is unchanged, unless a weaker one is about to replace it', () => {
    expect(verdict({ to: TIGHT })).toMatchObject({ kind: 'unchanged', state: { stage: { epoch: 1 } } });
    expect(verdict({ to: TIGHT, source: 'emergency' }, { open: [other(preparing)] })).toMatchObject({
      kind: 'accepted',
    });
  });

  it('is refused by policy', () => {
    expect(verdict({ to: { ...TIGHT, instances: { bundle: 30 } } })).toMatchObject({ kind: 'refused' });
  });
});

describe('stable layouts', () => {
  const ended = (
    to: typeof TIGHT,
    changes: Partial<SwitchState> = {},
    ending: Ending = { outcome: 'committed', trial: 'passed' },
  ) => switching({ phase: 'ended', epoch: 1, committedAt: 1, ending, endedAt: 1 }, { to, ...changes });
  const two = { ...TIGHT, instances: { bundle: 2 } };
  const three = { ...TIGHT, instances: { bundle: 3 } };

  it('are the last three that passed their trial or needed none', () => {
    const history = [
      ended(TIGHT),
      ended(CART),
      ended(two),
      ended(three),
      ended(CART, {}, { outcome: 'unchanged' }),
      ended(TIGHT, {}, { outcome: 'committed', trial: 'superseded' }),
      ended(TIGHT, {}, { outcome: 'committed', trial: 'kept' }),
      ended(TIGHT, {}, { outcome: 'reverted', byEpoch: 2, detail: '' }),
      ended(TIGHT, { kind: 'revert' }, { outcome: 'committed', trial: 'none' }),
      switching({ phase: 'planned' }),
    ];
    expect(stableLayouts(history)).toEqual([CART, two, three]);
  });

  it('lose what was rolled back from', () => {
    const back = ended(CART, { kind: 'rollback' });
    expect(stableLayouts([ended(TIGHT), ended(CART), ended(two), back])).toEqual([TIGHT, CART]);
    expect(stableLayouts([ended(TIGHT), back])).toEqual([TIGHT, CART]);
  });

  it('do not wait for the end of a switch whose outcome is certain', () => {
    const back = switching(
      { phase: 'routed-wait', epoch: 4, committedAt: 1 },
      { to: CART, kind: 'rollback' },
    );
    expect(stableLayouts([ended(TIGHT), ended(CART), ended(two), back])).toEqual([TIGHT, CART]);
    const tried = { phase: 'trial', epoch: 4, committedAt: 1, deadlineAt: 1, breach: null } as const;
    expect(stableLayouts([ended(TIGHT), switching(tried, { to: two })])).toEqual([TIGHT]);
    const ending = { outcome: 'committed', trial: 'passed' } as const;
    const drains = { phase: 'draining', epoch: 4, committedAt: 1, ending } as const;
    expect(stableLayouts([ended(TIGHT), switching(drains, { to: two })])).toEqual([TIGHT, two]);
  });

  it('give the newest that is not in force to go back to', () => {
    expect(rollbackTarget([TIGHT, CART], CART)).toEqual(TIGHT);
    expect(rollbackTarget([TIGHT, CART], two)).toEqual(CART);
    expect(rollbackTarget([TIGHT], TIGHT)).toBeUndefined();
  });
});

it('a name without an ordinal has none', () => {
  expect(ordinalOf('shop')).toBe(-1);
});
