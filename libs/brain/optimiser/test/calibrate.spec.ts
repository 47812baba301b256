import { BUNDLE, tightLayout } from '@atlas/control-layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calibrate, LEAST_WINDOWS, predict, type Costs, type Measured } from '../src/index.ts';
import { MATCH_DAY } from './match-day.ts';
import { situations, tightOf } from './shops.ts';
import { SHOP } from './shop.ts';

const TIGHT = tightOf(SHOP);
const times = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

test('calibrated on windows alike, the model gives the measured mean and p99', () => {
  fc.assert(
    fc.property(situations(4), fc.double({ min: 1, max: 50, noNaN: true }), (situation, extraMs) => {
      const layout = tightOf(situation);
      const own = predict(layout, { ...situation, costs: { ...situation.costs, waitMs: 0 } }).meanMs;
      if (own === Infinity) return;
      const window = { layout, rps: situation.rps, meanMs: own + extraMs, p99Ms: 3 * (own + extraMs) };
      const { costs, fit } = calibrate(
        situation,
        times(LEAST_WINDOWS, () => window),
      );
      const fitted = predict(layout, { ...situation, costs });
      expect(fitted.meanMs).toBeCloseTo(window.meanMs, 6);
      expect(fitted.p99Ms).toBeCloseTo(window.p99Ms, 6);
      expect(fit?.predictedMs).toBeCloseTo(fit?.measuredMs ?? NaN, 6);
    }),
  );
});

const quiet = fc.record({
  meanMs: fc.integer({ min: 3, max: 10 }),
  times: fc.integer({ min: 5, max: 15 }),
});
const slow = fc.record({
  meanMs: fc.integer({ min: 11, max: 10_000 }),
  times: fc.integer({ min: 1, max: 60 }),
});
const windowAt =
  (rps: number) =>
  ({ meanMs, times: tail }: { readonly meanMs: number; readonly times: number }): Measured => ({
    ...{ layout: TIGHT, rps, meanMs, p99Ms: tail * meanMs },
  });
/** Two minutes and a slow one in any order. */
const threeMinutes = fc
  .record({
    quiet: fc.array(quiet, { minLength: 24, maxLength: 24 }),
    slow: fc.array(slow, { minLength: 12, maxLength: 12 }),
  })
  .chain(({ quiet: calm, slow: bad }) =>
    fc.record({
      calm: fc.constant(calm.map(windowAt(300))),
      all: fc.shuffledSubarray([...calm, ...bad].map(windowAt(300)), { minLength: 36 }),
    }),
  );

test('K1: one slow minute of three moves what is predicted no further than the others differ', () => {
  fc.assert(
    fc.property(threeMinutes, ({ calm, all }) => {
      const { costs, windows } = calibrate(SHOP, all);
      expect(windows).toBe(36);
      const { meanMs, p99Ms } = predict(TIGHT, { ...SHOP, costs });
      const means = calm.map((each) => each.meanMs);
      expect(meanMs).toBeGreaterThanOrEqual(Math.min(...means) - 1e-6);
      expect(meanMs).toBeLessThanOrEqual(Math.max(...means) + 1e-6);
      const p99s = calm.map((each) => each.p99Ms);
      expect(p99Ms).toBeGreaterThanOrEqual(Math.min(...p99s) - 1e-6);
      expect(p99Ms).toBeLessThanOrEqual(Math.max(...p99s) + 1e-6);
    }),
  );
});

test('K1: however slow the slow minute is, the prediction is the same', () => {
  fc.assert(
    fc.property(fc.array(quiet, { minLength: 13, maxLength: 24 }), slow, (calm, bad) => {
      const with12 = (meanMs: number): Costs =>
        calibrate(SHOP, [
          ...calm.map(windowAt(300)),
          ...times(12, () => ({ ...windowAt(300)(bad), meanMs, p99Ms: 60 * meanMs })),
        ]).costs;
      expect(with12(100_000)).toEqual(with12(1_000));
    }),
  );
});

test('Q1: calibrated, more load never takes less time', () => {
  const load = fc.integer({ min: 1, max: 3_000 });
  fc.assert(
    fc.property(threeMinutes, load, load, ({ all }, a, b) => {
      const { costs } = calibrate(SHOP, all);
      const [less, more] = [Math.min(a, b), Math.max(a, b)].map(
        (rps) => predict(TIGHT, { ...SHOP, costs, rps }).p99Ms,
      );
      expect(more ?? NaN).toBeGreaterThanOrEqual(less ?? NaN);
    }),
  );
});

test('K2: too few windows, saturated ones and measurements that make no sense teach nothing', () => {
  const good = windowAt(300)({ meanMs: 5, times: 10 });
  const few = times(LEAST_WINDOWS - 1, () => good);
  expect(calibrate(SHOP, few)).toEqual({ costs: SHOP.costs, windows: few.length, fit: null });
  for (const change of [
    { meanMs: 0 },
    { p99Ms: 4 },
    { meanMs: NaN },
    { p99Ms: NaN },
    { rps: 1e6 },
    { rps: NaN },
  ])
    expect(calibrate(SHOP, [...few, { ...good, ...change }])).toMatchObject({
      windows: few.length,
      fit: null,
    });
});

/** CPU of a request of the match day, all hosts together: 0.75 ms (of 35 windows, by least squares). */
const COSTS: Costs = { ...SHOP.costs, edgeCpuMs: 0.75, modules: {}, calls: [] };
const SITE = { ...SHOP.site, cores: 2 };
const DAY: readonly Measured[] = MATCH_DAY.map(({ bundles, ...each }) => ({
  ...each,
  layout: { ...tightLayout([]), instances: { [BUNDLE]: bundles } },
}));
const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const factor = (a: number, b: number): number => Math.max(a / b, b / a);

test('match day: of the shape in force, the model agrees with what was measured within 1.2', () => {
  for (const windows of [DAY.slice(0, 8), DAY.slice(8)]) {
    const { fit } = calibrate({ costs: COSTS, site: SITE }, windows);
    expect(factor(fit?.predictedMs ?? 0, fit?.measuredMs ?? 0)).toBeLessThan(1.2);
  }
});

test('match day: the half minute that follows is foretold within a factor of 2, nine times of ten', () => {
  const factors = times(DAY.length - 19, (i) => i + 14).map((now) => {
    const { costs } = calibrate({ costs: COSTS, site: SITE }, DAY.slice(8, now));
    const next = DAY.slice(now, now + 6);
    const rps = middle(next.map((each) => each.rps));
    const { p99Ms } = predict(next[0]?.layout ?? TIGHT, { costs, site: SITE, rps });
    return factor(p99Ms, middle(next.map((each) => each.p99Ms)));
  });
  expect(factors.filter((each) => each <= 2).length / factors.length).toBeGreaterThanOrEqual(0.9);
  expect(Math.max(...factors)).toBeLessThan(3);
});
