import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alike,
  allow,
  countsOnly,
  decided,
  effectiveLevel,
  frozen,
  held,
  settled,
  UNSET,
  withWish,
  type Governing,
  type Level,
  type WaitingWish,
} from '../src/machine/index.ts';
import { HOLD_MS, KEPT, type Asked } from '../src/machine/autonomy.ts';
import { CART, layout, other, TIGHT } from './observations.ts';

const level = fc.constantFrom<Level[]>(0, 1, 2, 3, 4);
const now = fc.integer({ min: 0, max: 10_000_000 });
const asked: fc.Arbitrary<Asked> = fc.record({
  source: fc.constantFrom('brain' as const, 'emergency' as const),
  guardrails: fc.array(fc.string({ minLength: 1 }), { maxLength: 2 }),
  countsOnly: fc.boolean(),
});
const free = (of: Level): Governing => ({ ...UNSET, level: of });
const within = ({ source, guardrails }: Asked): boolean => source === 'emergency' || guardrails.length === 0;

describe('what may be done at a level', () => {
  const at = (of: Level, what: Partial<Asked> = {}) =>
    allow(free(of), { source: 'brain', guardrails: [], countsOnly: false, ...what }, 0);

  it('is nothing at 0, and nothing without a person at 1', () => {
    fc.assert(
      fc.property(asked, now, (what, at) => {
        expect(allow(free(0), what, at)).toMatchObject({ kind: 'refuse', code: 'held_by_level' });
        expect(allow(free(1), what, at).kind).toBe('wait');
      }),
    );
  });

  it('is at 2 what only changes numbers of instances', () => {
    expect(at(2)).toMatchObject({ kind: 'wait' });
    expect(at(2, { countsOnly: true })).toEqual({ kind: 'perform' });
    expect(at(2, { countsOnly: true, guardrails: ['too dear'] })).toEqual({
      kind: 'wait',
      because: 'too dear',
    });
    expect(at(2, { source: 'emergency' })).toMatchObject({ kind: 'wait' });
  });

  it('is at 3 and 4 what keeps the guardrails, and every emergency; the rest waits at 3 and is refused at 4', () => {
    fc.assert(
      fc.property(asked, now, (what, at) => {
        const [three, four] = [allow(free(3), what, at), allow(free(4), what, at)];
        expect(three.kind).toBe(within(what) ? 'perform' : 'wait');
        expect(four.kind).toBe(within(what) ? 'perform' : 'refuse');
        if (four.kind === 'refuse') {
          expect(four).toMatchObject({ code: 'refused_by_policy', because: what.guardrails.join('; ') });
        }
      }),
    );
  });

  it('only grows with the level', () => {
    fc.assert(
      fc.property(asked, level, level, now, (what, a, b, at) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        if (allow(free(low), what, at).kind !== 'perform') return;
        expect(allow(free(high), what, at).kind).toBe('perform');
      }),
    );
  });

  it('is nothing in a freeze, whatever the level, the source and the hold', () => {
    fc.assert(
      fc.property(asked, level, now, fc.boolean(), (what, of, at, isHeld) => {
        const autonomy = { ...frozen(isHeld ? held(free(of), at) : free(of), 'stocktaking', at), level: of };
        const refused = allow(autonomy, what, at);
        expect(refused).toMatchObject({ kind: 'refuse', code: 'held_by_freeze' });
        expect(refused).toHaveProperty('because', expect.stringContaining('stocktaking'));
      }),
    );
  });

  it('is for the brain as at 1 at most for ten minutes after an operator’s switch; an emergency is not held', () => {
    fc.assert(
      fc.property(asked, level, now, fc.integer({ min: 0, max: 2 * HOLD_MS }), (what, of, at, later) => {
        const after = { ...held(free(of), at), level: of };
        const counts = later < HOLD_MS ? Math.min(of, 1) : of;
        expect(effectiveLevel(after, at + later)).toBe(counts);
        const same = allow(free(what.source === 'emergency' ? of : (counts as Level)), what, at + later);
        expect(allow(after, what, at + later).kind).toBe(same.kind);
      }),
    );
  });

  it('says that an operator’s switch holds it only where it does', () => {
    const because = (autonomy: Governing) => {
      const permission = allow(autonomy, { source: 'brain', guardrails: [], countsOnly: false }, 0);
      return permission.kind === 'perform' ? undefined : permission.because;
    };
    const after = (of: Level): Governing => ({ ...held(free(of), 0), level: of });
    expect(because(after(3))).toMatch(/after an operator’s switch/);
    expect(because(after(1))).toBe(because(free(1)));
    expect(because(free(1))).not.toMatch(/operator’s switch/);
  });

  it('keeps the moment of the first freeze, and the reason of the last', () => {
    const twice = frozen(frozen(UNSET, 'a', 1), 'b', 2);
    expect(twice.frozen).toEqual({ since: 1, reason: 'b' });
  });
});

describe('a target', () => {
  it('changes numbers only when every module stays where it is', () => {
    expect(countsOnly(TIGHT, { ...TIGHT, instances: { bundle: 2 } })).toBe(true);
    expect(countsOnly(CART, { ...CART, instances: { bundle: 2, cart: 3 } })).toBe(true);
    expect(countsOnly(TIGHT, CART)).toBe(false);
    expect(countsOnly(TIGHT, { ...TIGHT, configVersion: 2 })).toBe(false);
    expect(countsOnly(null, TIGHT)).toBe(false);
  });
});

describe('a wish that waits', () => {
  const wish = (id: string, changes: Partial<WaitingWish> = {}): WaitingWish => ({
    ...{ id, at: 0, expiresAt: 1_000, source: 'brain', reason: '', guardrails: [], target: CART },
    ...{ basedOnEpoch: 1, state: 'waiting', bodyHash: null, ...changes },
  });
  const look = (at: number, epoch: number) => ({ now: at, committed: layout(epoch), open: [] });
  const waits = withWish(UNSET, wish('a'));
  const stateAt = (at: number, epoch: number) => settled(waits, look(at, epoch)).wishes[0]?.state;

  it('expires when its time is up or another epoch is in force, and only then', () => {
    expect(settled(waits, look(999, 1))).toBe(waits);
    expect(stateAt(1_000, 1)).toBe('expired');
    expect(stateAt(0, 2)).toBe('expired');
    const rejected = decided(waits, 'a', 'rejected');
    expect(settled(rejected, look(5_000, 9))).toBe(rejected);
  });

  it('A6: is approved once a switch of its id is open, whatever time it is, and only if it waited', () => {
    const open = [other({ phase: 'planned' }, { id: 'a' })];
    const both = withWish(waits, wish('b', { expiresAt: 9_000, basedOnEpoch: 2 }));
    const seen = { ...look(5_000, 2), open };
    expect(settled(both, seen).wishes.map(({ state }) => state)).toEqual(['approved', 'waiting']);
    const rejected = decided(waits, 'a', 'rejected');
    expect(settled(rejected, seen)).toBe(rejected);
  });

  it('is known again as long as it waits or its rejection counts, by source, epoch and target', () => {
    const again = { source: 'brain', target: { ...CART, instances: {} }, basedOnEpoch: 1 } as const;
    expect(alike(waits, again, 999)?.id).toBe('a');
    expect(alike(decided(waits, 'a', 'rejected'), again, 999)?.state).toBe('rejected');
    expect(alike(waits, again, 1_000)).toBeUndefined();
    expect(alike(decided(waits, 'a', 'approved'), again, 0)).toBeUndefined();
    expect(alike(waits, { ...again, source: 'emergency' }, 0)).toBeUndefined();
    expect(alike(waits, { ...again, target: TIGHT }, 0)).toBeUndefined();
    expect(alike(waits, { ...again, basedOnEpoch: 2 }, 0)).toBeUndefined();
  });

  it('is one of a bounded number: the oldest go', () => {
    const many = Array.from({ length: KEPT + 3 }, (_, i) => wish(`w${i}`));
    const { wishes } = many.reduce(withWish, UNSET);
    expect(wishes).toHaveLength(KEPT);
    expect(wishes.at(0)?.id).toBe('w3');
  });
});
