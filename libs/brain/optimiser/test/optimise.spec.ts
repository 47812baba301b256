import { validateLayout } from '@atlas/control-layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conflictLine, MOST_MODULES, optimise, predict, type Intent, type Situation } from '../src/index.ts';
import { ALL, allLayouts, bruteForce, intents, keeps, situations, tightOf } from './shops.ts';
import { SHOP } from './shop.ts';

const LOOSE: Intent = { latency_p99_ms: 100, daily_cost_usd: 5, availability: 99.9, replicas: 12 };

test('branch and bound finds what trying everything finds, or nothing where there is nothing', () => {
  fc.assert(
    fc.property(situations(4), intents, (situation, intent) => {
      const best = bruteForce(situation, intent);
      const optimum = optimise(tightOf(situation), situation, intent);
      expect(optimum.kind).toBe(best === Infinity ? 'infeasible' : 'best');
      if (optimum.kind !== 'best') return;
      expect(Math.abs(optimum.objective - best)).toBeLessThanOrEqual(1e-6 * Math.max(1, best));
      expect(keeps(optimum.layout, situation, { intent, constraints: ALL })).toBe(true);
      expect(validateLayout(optimum.layout, Object.keys(situation.costs.modules))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('the constraints in conflict cannot be kept together, and can without any one of them', () => {
  let conflicts = 0;
  fc.assert(
    fc.property(situations(3), intents, (situation, intent) => {
      const optimum = optimise(tightOf(situation), situation, intent);
      if (optimum.kind !== 'infeasible') return;
      conflicts += 1;
      const named = optimum.conflicts.map(({ constraint }) => constraint);
      const layouts = [...allLayouts(situation)];
      const some = (constraints: typeof named): boolean =>
        layouts.some((layout) => keeps(layout, situation, { intent, constraints }));
      expect(some(named)).toBe(false);
      for (const left of named) expect(some(named.filter((other) => other !== left))).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(conflicts).toBeGreaterThan(20);
});

const lightly: Situation = { ...SHOP, rps: 100 };
const heavily: Situation = { ...SHOP, rps: 1_500 };
const placed = (situation: Situation, intent: Intent = LOOSE) => {
  const optimum = optimise(tightOf(situation), situation, intent);
  if (optimum.kind !== 'best') throw new Error(JSON.stringify(optimum));
  return optimum.layout;
};

test('light traffic is tight, in one process', () => {
  expect(placed(lightly)).toEqual(tightOf(lightly));
});

test('heavy traffic gets more than one process', () => {
  const { prediction } = optimise(tightOf(heavily), heavily, LOOSE) as { prediction: { hosts: number } };
  expect(prediction.hosts).toBeGreaterThan(1);
});

test('a module that crashes often leaves the bundle where risk matters', () => {
  const { payment, ...others } = SHOP.costs.modules;
  if (!payment) throw new Error('the shop has a payment module');
  const modules = { ...others, payment: { ...payment, crashesPerDay: 50 } };
  const situation = { ...lightly, costs: { ...SHOP.costs, modules } };
  const layout = placed(situation, { ...LOOSE, availability: 99.5 });
  expect(layout.placements).toEqual({
    cart: 'bundle',
    catalog: 'bundle',
    payment: 'service',
    shipping: 'bundle',
  });
});

test('what cannot be kept is said in one line, with what could be', () => {
  const optimum = optimise(tightOf(heavily), heavily, { ...LOOSE, replicas: 1 });
  if (optimum.kind !== 'infeasible') throw new Error(optimum.kind);
  expect(conflictLine(optimum.conflicts)).toMatch(
    /^the intent cannot be kept: latency_p99_ms 100 \(nothing does\) against replicas 1 \(at best 2 hosts\)$/,
  );
});

test('more modules than are searched, unknown costs and senseless ones are left to the table', () => {
  const many = Array.from({ length: MOST_MODULES + 1 }, (_, i) => `m${i}`);
  const module = { operations: {}, crashesPerDay: 0 };
  const modules = Object.fromEntries(many.map((name) => [name, module]));
  const crowded = { ...SHOP, costs: { ...SHOP.costs, modules, calls: [] } };
  expect(optimise(tightOf(crowded), crowded, LOOSE)).toMatchObject({
    kind: 'unknown',
    because: expect.stringMatching(/^13 modules/) as string,
  });
  expect(optimise(tightOf(crowded), SHOP, LOOSE)).toMatchObject({
    kind: 'unknown',
    because: expect.stringMatching(/^no costs/) as string,
  });
  expect(optimise(tightOf(SHOP), { ...SHOP, rps: NaN }, LOOSE)).toMatchObject({ kind: 'unknown' });
  const absurd = { ...SHOP, costs: { ...SHOP.costs, waitMs: NaN } };
  expect(optimise(tightOf(SHOP), absurd, LOOSE)).toEqual({
    kind: 'unknown',
    because: 'waitMs must be a number from 0',
  });
});

test('ten modules are searched, and the best is within the intent', () => {
  fc.assert(
    fc.property(situations(10, 4), intents, (situation, intent) => {
      const optimum = optimise(tightOf(situation), situation, intent);
      if (optimum.kind !== 'best') return;
      expect(predict(optimum.layout, situation).p99Ms).toBeLessThanOrEqual(
        intent.latency_p99_ms * (1 + 1e-9),
      );
    }),
    { numRuns: 100 },
  );
});
