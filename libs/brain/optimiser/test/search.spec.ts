import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONSTRAINTS } from '../src/predict.ts';
import { problemsOf } from '../src/problem.ts';
import { search } from '../src/search.ts';
import { allLayouts, intents, keeps, situations } from './shops.ts';

const NOTHING = { latency: 0, cost: 0, risk: 0 };

test('S3: the limits that a proof needs leave no layout by themselves, whatever is charged at first', () => {
  let fewer = 0;
  fc.assert(
    fc.property(situations(3), intents, fc.constantFrom(0, 1), (situation, intent, charge) => {
      const problem = problemsOf(situation, intent)({ constraints: new Set(CONSTRAINTS), weights: NOTHING });
      const { found, needed } = search(problem, 10_000, { charge });
      if (found) return;
      const constraints = CONSTRAINTS.filter((_, c) => needed[c]);
      if (constraints.length < CONSTRAINTS.length) fewer += 1;
      for (const layout of allLayouts(situation))
        expect(keeps(layout, situation, { intent, constraints })).toBe(false);
    }),
    { numRuns: 500 },
  );
  expect(fewer).toBeGreaterThan(50);
});
