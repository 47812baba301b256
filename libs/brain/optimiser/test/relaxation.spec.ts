import { BUNDLE, type Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { predict, usage } from '../src/index.ts';
import { CONSTRAINTS } from '../src/predict.ts';
import { problemsOf, type Price, type Problem } from '../src/problem.ts';
import { Relaxation } from '../src/relaxation.ts';
import { allLayouts, intents, situations } from './shops.ts';

const MODULES = 3;
const MOST = 3;
const weight = fc.integer({ min: 0, max: 8 }).map((part) => part / 4);
const weights = fc.record({ latency: weight, cost: weight, risk: weight, hosts: weight });
const count = fc.integer({ min: 0, max: MOST });
const ranges = fc.array(fc.tuple(count, count), { minLength: MODULES, maxLength: MODULES });

/** Instances as they are searched. */
const countsOf = ({ placements, instances }: Layout, { modules }: Problem): number[] => [
  instances[BUNDLE] ?? 1,
  ...modules.map((module) => (placements[module] === 'service' ? (instances[module] ?? 1) : 0)),
];

function leastOf(
  relaxation: Relaxation,
  low: readonly number[],
  high: readonly number[],
): (price: Price) => number {
  relaxation.low.set(low);
  relaxation.high.set(high);
  relaxation.weigh();
  return (price) => relaxation.least(price);
}

test('what one layout pays is what is predicted of it', () => {
  fc.assert(
    fc.property(situations(MODULES, MOST), intents, (situation, intent) => {
      const problem = problemsOf(situation, intent)({ constraints: new Set(CONSTRAINTS) });
      const relaxation = new Relaxation(problem);
      for (const layout of allLayouts(situation)) {
        const counts = countsOf(layout, problem);
        const used = usage(predict(layout, situation), intent);
        const told = problem.limits.map(leastOf(relaxation, counts, counts));
        CONSTRAINTS.forEach((constraint, c) => {
          if (used[constraint] === Infinity) expect(told[c]).toBe(Infinity);
          else
            expect(Math.abs((told[c] ?? NaN) - used[constraint])).toBeLessThanOrEqual(
              1e-9 * used[constraint],
            );
        });
      }
    }),
    { numRuns: 50 },
  );
});

test('no layout within ranges pays less than the least of them', () => {
  fc.assert(
    fc.property(
      situations(MODULES, MOST, MODULES),
      intents,
      weights,
      ranges,
      (situation, intent, paid, within) => {
        const problem = problemsOf(situation, intent)({ constraints: new Set(CONSTRAINTS), weights: paid });
        const relaxation = new Relaxation(problem);
        for (let bundles = 1; bundles <= MOST; bundles += 1) {
          const low = [bundles, ...within.map(([a, b]) => Math.min(a, b))];
          const high = [bundles, ...within.map(([a, b]) => Math.max(a, b))];
          const least = leastOf(relaxation, low, high)(problem.objective);
          for (const layout of allLayouts(situation)) {
            const counts = countsOf(layout, problem);
            if (!counts.every((k, i) => k >= (low[i] ?? 0) && k <= (high[i] ?? 0))) continue;
            const pays = leastOf(relaxation, counts, counts)(problem.objective);
            if (pays < Infinity) expect(least).toBeLessThanOrEqual(pays * (1 + 1e-9));
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});
