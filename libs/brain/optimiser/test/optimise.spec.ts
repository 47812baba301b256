import { validateLayout } from '@atlas/control-layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  conflictLine,
  MOST_MODULES,
  optimise,
  predict,
  type Constraint,
  type Intent,
  type Prediction,
  type Situation,
} from '../src/index.ts';
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

const VALUE: Readonly<Record<Constraint, (prediction: Prediction) => number>> = {
  latency_p99_ms: ({ p99Ms }) => p99Ms,
  daily_cost_usd: ({ usdPerDay }) => usdPerDay,
  availability: ({ lost }) => 100 * (1 - lost),
  replicas: ({ hosts }) => hosts,
};

test('what could be reached instead is the best that keeps the others of the conflict', () => {
  const told = new Set<Constraint>();
  fc.assert(
    fc.property(situations(3), intents, (situation, intent) => {
      const optimum = optimise(tightOf(situation), situation, intent);
      if (optimum.kind !== 'infeasible') return;
      const layouts = [...allLayouts(situation)];
      for (const { constraint, reachable } of optimum.conflicts) {
        told.add(constraint);
        const others = optimum.conflicts.map((each) => each.constraint).filter((each) => each !== constraint);
        const values = layouts
          .filter((layout) => keeps(layout, situation, { intent, constraints: others }))
          .map((layout) => VALUE[constraint](predict(layout, situation)));
        const best = constraint === 'availability' ? Math.max(...values) : Math.min(...values);
        if (best === Infinity) expect(reachable).toBe(Infinity);
        else expect(Math.abs(reachable - best)).toBeLessThanOrEqual(1e-6 * Math.max(1, best));
      }
    }),
    { numRuns: 300 },
  );
  expect(told.size).toBe(4);
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

const inWords = (situation: Situation, intent: Intent): string => {
  const optimum = optimise(tightOf(situation), situation, intent);
  if (optimum.kind !== 'infeasible') throw new Error(optimum.kind);
  return conflictLine(optimum.conflicts, situation);
};

test('what cannot be kept is said in one line, with what could be, and what to do', () => {
  expect(inWords(heavily, { ...LOOSE, replicas: 1 })).toBe(
    'no layout keeps the intent under 1500 requests/s: latency_p99_ms 100 (nothing does) against replicas 1 (at best 2 hosts); ease one of them in the intent',
  );
  expect(inWords(lightly, { ...LOOSE, daily_cost_usd: 0.01 })).toMatch(
    /^no layout keeps the intent under 100 requests\/s: daily_cost_usd 0.01 \(at best [\d.]+ USD a day\); ease it in the intent$/,
  );
  expect(inWords({ ...SHOP, rps: 1e5 }, { ...LOOSE, daily_cost_usd: 1e6 })).toMatch(
    /latency_p99_ms 100 \(nothing does\); it needs more cores, whatever the intent$/,
  );
});

test('cores that are there are not asked for where a host may have too few instances', () => {
  const few = { ...SHOP, rps: 5_000, site: { ...SHOP.site, cores: 64, mostInstances: 1 } };
  expect(inWords(few, { ...LOOSE, daily_cost_usd: 1e6 })).toMatch(
    /latency_p99_ms 100 \(nothing does\); it needs more than 1 instances of a host, whatever the intent$/,
  );
});

test('a limit that is missed by little is told apart from what is reached', () => {
  const missed = [
    { constraint: 'availability', limit: 99.99, reachable: 99.989_94 },
    { constraint: 'latency_p99_ms', limit: 200, reachable: 200.04 },
  ] as const;
  expect(conflictLine(missed, lightly)).toMatch(
    /availability 99.99 \(at best 99.9899 %\) against latency_p99_ms 200 \(at best 200.04 ms\);/,
  );
});

test('waits that no layout changes are named where they alone are too long', () => {
  const waiting = { ...lightly, costs: { ...SHOP.costs, waitMs: 30 } };
  expect(inWords(waiting, LOOSE)).toMatch(
    /latency_p99_ms 100 \(at best 14\d ms\); 138 ms of it are waits that no layout changes: look for what waits /,
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
  const kinds = { best: 0, infeasible: 0, unknown: 0 };
  fc.assert(
    fc.property(situations(10, 4, 10), intents, (situation, intent) => {
      const optimum = optimise(tightOf(situation), situation, intent);
      kinds[optimum.kind] += 1;
      if (optimum.kind !== 'best') return;
      expect(predict(optimum.layout, situation).p99Ms).toBeLessThanOrEqual(
        intent.latency_p99_ms * (1 + 1e-9),
      );
    }),
    { numRuns: 100 },
  );
  expect(kinds.best).toBeGreaterThan(0);
  expect(kinds.unknown).toBeLessThan(5);
});
