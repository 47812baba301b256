import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flawsOfCosts, predict, type Situation } from '../src/index.ts';
import { coreStretch, hostTime } from '../src/queue.ts';
import { allLayouts, situations } from './shops.ts';

const someLayout = situations(4).chain((situation) =>
  fc.constantFrom(...allLayouts(situation)).map((layout) => ({ situation, layout })),
);

test('the random shops make sense', () => {
  fc.assert(
    fc.property(situations(10), ({ costs, site }) => {
      expect(flawsOfCosts(costs, site)).toEqual([]);
    }),
  );
});

test('Q1: more load never takes less time', () => {
  fc.assert(
    fc.property(someLayout, fc.double({ min: 1, max: 3, noNaN: true }), ({ situation, layout }, more) => {
      const now = predict(layout, situation).meanMs;
      const then = predict(layout, { ...situation, rps: situation.rps * more }).meanMs;
      expect(then).toBeGreaterThanOrEqual(now);
    }),
  );
});

test('Q1: another instance never takes more time', () => {
  fc.assert(
    fc.property(someLayout, ({ situation, layout }) => {
      const instances = Object.fromEntries(
        Object.entries(layout.instances).map(([host, count]) => [host, count + 1] as const),
      );
      const more = predict({ ...layout, instances }, situation).meanMs;
      expect(more).toBeLessThanOrEqual(predict(layout, situation).meanMs);
    }),
  );
});

test('Q2: at saturation of the cores or of one host the time is infinite, below it is not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.double({ min: 0.01, max: 2, noNaN: true }),
      (cores, share) => {
        expect(coreStretch(share * cores, cores) < Infinity).toBe((share * cores) / cores < 1);
        expect(hostTime(share / 100, 100, 1) < Infinity).toBe((share / 100) * 100 < 1);
      },
    ),
  );
});

test('one idle host takes its work, and half busy twice as long', () => {
  expect(hostTime(0.01, 0, 1)).toBe(0.01);
  expect(hostTime(0.01, 50, 1)).toBe(0.02);
  expect(hostTime(0.01, 100, 2)).toBe(0.02);
});

test('one core is M/M/1: half busy takes twice as long', () => {
  expect(coreStretch(0.5, 1)).toBe(2);
});

test('a standby makes a crashing service cheaper than a crashing bundle', () => {
  fc.assert(
    fc.property(situations(4), (situation: Situation) => {
      const [tight, ...others] = [...allLayouts(situation)].filter(({ instances }) =>
        Object.values(instances).every((count) => count === 1),
      );
      if (!tight) return;
      for (const layout of others)
        expect(predict(layout, situation).lost).toBeLessThanOrEqual(predict(tight, situation).lost + 1e-12);
    }),
  );
});
