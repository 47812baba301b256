import { expect, test } from 'vitest';
import { decide, INITIAL_STATE, measuredPolicy, PAPER, rungOf, stressed } from '../src/index.ts';
import { EMPTY, flat, on, seenAt, STRESS } from './scene.ts';

test('the most stressed modules leave the bundle; never all, never none', () => {
  const leaving = (extractShare: number, extractLeast = 1): string[] =>
    stressed(STRESS, { extractShare, extractLeast });
  expect(leaving(0.5)).toEqual(['cart', 'catalog']);
  expect(leaving(0.3)).toEqual(['cart']);
  expect(leaving(1)).toEqual(['cart', 'catalog', 'payment']);
  for (const equal of [
    { b: 0, a: 0 },
    { a: 0, b: 0 },
    { c: 0, a: 0, b: 0 },
  ])
    expect(stressed(equal, { extractShare: 0.5, extractLeast: 1 })[0]).toBe('a');
  expect(stressed({ only: 1 }, { extractShare: 0.5, extractLeast: 1 })).toEqual([]);
  expect(leaving(0.3, 2)).toEqual(['cart', 'catalog']);
  expect(leaving(0, 9)).toEqual(['cart', 'catalog', 'payment']);
});

test('hybrid has at least as many services as when it was measured: with fewer it bears less than its rung says', () => {
  const bears = { tight: 400, tight2: 700, hybrid: 720, loose: 800 };
  expect(measuredPolicy(bears).extractLeast).toBe(1);
  const policy = measuredPolicy({ ...bears, hybridServices: 2 });
  expect(policy.extractLeast).toBe(2);
  const seen = seenAt(530, { layout: on(1, policy), stress: { ...STRESS, cart: 9 } });
  const { proposal } = decide(seen, flat(530), policy, INITIAL_STATE);
  expect(proposal).toMatchObject({ kind: 'move', rung: 2, to: { instances: { cart: 1, catalog: 1 } } });
});

test('a layout stands on the highest rung that it reaches', () => {
  const policy = measuredPolicy({ tight: 400, tight2: 700, hybrid: 720, loose: 800 });
  expect(policy.rungs.map(({ name }) => name)).toEqual(['tight', 'tight ×2', 'hybrid', 'loose']);
  policy.rungs.forEach((_, i) => expect(rungOf(on(i, policy), policy)).toBe(i));
  expect(rungOf({ ...EMPTY, instances: { bundle: 9 } }, policy)).toBe(1);
  expect(rungOf({ ...EMPTY, instances: {} }, policy)).toBe(0);
});

test('a shape that bears no more than a lighter one is no rung', () => {
  const policy = measuredPolicy({ tight: 400, tight2: 700, hybrid: 500, loose: 650 });
  expect(policy.rungs.map(({ name }) => name)).toEqual(['tight', 'tight ×2']);
  expect(policy.emergencyRung).toBe(1);
});

test('without a rung nothing can be decided', () => {
  expect(() => decide(seenAt(1), flat(1), { ...PAPER, rungs: [] }, INITIAL_STATE)).toThrow(
    'the ladder has no rung 0',
  );
});
