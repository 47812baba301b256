import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bandsOf, ConformalBand } from '../src/conformal-band.ts';
import { Mixture } from '../src/mixture.ts';
import { RelativeMedian } from '../src/relative-median.ts';
import { firstChange, saleFactor } from '../src/sale-calendar.ts';
import { normal, uniform } from './noise.ts';

const rate = fc.oneof(fc.nat(1e6), fc.double({ min: 0, max: 1e6, noNaN: true }));

test('X2: weights stay positive and sum to 1, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(rate, rate, rate, rate), { maxLength: 50 }), (rounds) => {
      const mixture = new Mixture([4, 1, 1]);
      for (const [a, b, c, actual] of rounds) mixture.learn(Float64Array.of(a, b, c), actual, 1);
      expect(Math.min(...mixture.weights)).toBeGreaterThan(0);
      expect(mixture.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
    }),
  );
});

test('trust follows the better expert, and follows again when it changes', () => {
  const mixture = new Mixture([1, 1]);
  for (let i = 0; i < 300; i += 1) mixture.learn(Float64Array.of(100, 150), 100, 1);
  expect(mixture.weights[0]).toBeGreaterThan(0.95);
  for (let i = 0; i < 300; i += 1) mixture.learn(Float64Array.of(100, 150), 150, 1);
  expect(mixture.weights[1]).toBeGreaterThan(0.95);
});

test('X1: trust does not depend on the level of a series', () => {
  const [small, large] = [new Mixture([1, 1]), new Mixture([1, 1])];
  for (let i = 1; i < 50; i += 1) {
    small.learn(Float64Array.of(i, i + 1), i + 0.3, 0.1);
    large.learn(Float64Array.of(1_000 * i, 1_000 * (i + 1)), 1_000 * (i + 0.3), 100);
  }
  expect(small.weights[0]).toBeCloseTo(large.weights[0] ?? 0, 9);
});

test.each([5, 60])('B1: bands cover what they promise, also when values come %i minutes later', (delay) => {
  const draw = normal(uniform(delay));
  const band = new ConformalBand(delay);
  const waiting: { told: readonly number[]; actual: number }[] = [];
  let [in80, in95] = [0, 0];
  const rounds = 20_000;
  for (let i = 0; i < rounds; i += 1) {
    const noise = i < rounds / 2 ? 5 : 20; // errors grow fourfold halfway
    const told = band.around(100, 1, 1);
    const actual = Math.max(0, 100 + noise * draw());
    const { band80, band95 } = bandsOf(told);
    in80 += actual >= band80.low && actual <= band80.high ? 1 : 0;
    in95 += actual >= band95.low && actual <= band95.high ? 1 : 0;
    waiting.push({ told, actual });
    const due = waiting.length > delay ? waiting.shift() : undefined;
    if (due) band.learn(due.actual, { forecast: 100, told: due.told, floor: 1 });
  }
  expect(in80 / rounds).toBeCloseTo(0.8, 1.7);
  expect(in95 / rounds).toBeCloseTo(0.95, 1.7);
});

test.each([5, 15, 60])(
  'B4: three hours above the forecast move limits %i minutes ahead no further',
  (horizon) => {
    const draw = normal(uniform(horizon));
    const band = new ConformalBand(horizon);
    const told: (readonly number[])[] = [];
    for (let minute = 0; minute < 3_180; minute += 1) {
      told.push(band.around(100, 1, 1));
      const due = told[minute - horizon];
      const actual = (minute < 3_000 ? 100 : 130) * (1 + 0.05 * draw());
      if (due) band.learn(actual, { forecast: 100, told: due, floor: 1 });
    }
    expect(bandsOf(band.around(100, 1, 1)).band80.high).toBeGreaterThan(125);
    expect(bandsOf(band.around(100, 1, 1)).band80.high).toBeLessThan(170);
  },
);

test('B5: ten minutes of errors far above the usual are unrest, four times the usual at most; chance is none', () => {
  const draw = normal(uniform(7));
  const band = new ConformalBand(5);
  const see = (noise: number, minutes: number): number[] =>
    Array.from({ length: minutes }, () => {
      const told = band.around(100, 1, band.unrest);
      band.learn(100 + noise * draw(), { forecast: 100, told, floor: 1 });
      return band.unrest;
    });
  see(5, 1_000);
  const calm = see(5, 1_000);
  expect(calm.filter((unrest) => unrest > 1).length / calm.length).toBeLessThan(0.1);
  expect(see(50, 10).at(-1)).toBeGreaterThan(2.5);
  expect(Math.max(...see(150, 10))).toBe(4);
  expect(see(5, 60).at(-1)).toBe(1);
});

test('B3: the wider band holds the narrower one, and rates are never negative', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 4, maxLength: 4 }),
      (limits) => {
        const { band80, band95 } = bandsOf(limits);
        expect(band95.low).toBeLessThanOrEqual(band80.low);
        expect(band80.low).toBeLessThanOrEqual(band80.high);
        expect(band80.high).toBeLessThanOrEqual(band95.high);
        expect(band95.low).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});

test('the relative median makes relative errors least', () => {
  const draw = uniform(3);
  const median = new RelativeMedian();
  const actuals = Array.from({ length: 3_000 }, () => 20 + 180 * draw() ** 2);
  for (const actual of actuals) median.learn(actual, 80);
  const error = (factor: number): number =>
    actuals.reduce((sum, actual) => sum + Math.abs(actual - 80 * factor) / actual, 0);
  const tried = [0.6, 0.7, 0.8, 0.9, 1, 1.1].map(error);
  expect(median.factor).toBeLessThan(1);
  expect(error(median.factor)).toBeLessThanOrEqual(Math.min(...tried) * 1.01);
});

test('the relative median of forecasts that are right is 1, and one absurd forecast among them moves it little', () => {
  const median = new RelativeMedian();
  for (let i = 0; i < 100; i += 1) median.learn(80, 80);
  expect(median.factor).toBeCloseTo(1, 12);
  const draw = normal(uniform(4));
  for (let i = 0; i < 1_000; i += 1) median.learn(80 * (1 + 0.05 * draw()), 80);
  const before = median.factor;
  median.learn(80, 80 * 1e5);
  expect(median.factor / before).toBeCloseTo(1, 2);
});

test('the relative median starts at 1 and learns nothing of nothing', () => {
  const median = new RelativeMedian();
  for (let i = 0; i < 100; i += 1) median.learn(0, 5);
  expect(median.factor).toBe(1);
});

test('a sale holds from its first minute to the one before its end; the biggest change counts', () => {
  const sales = [
    { fromMin: 10, lengthMin: 5, times: 8 },
    { fromMin: 12, lengthMin: 10, times: 2 },
  ];
  expect([9, 10, 12, 14, 15, 21, 22].map((minute) => saleFactor(sales, minute))).toEqual([
    1, 8, 8, 8, 2, 2, 1,
  ]);
});

test('two calendars differ from the first sale that only one of them has, as far as anybody looks', () => {
  const sale = (fromMin: number, lengthMin = 5, times = 8) => ({ fromMin, lengthMin, times });
  const change = (before: number[], after: number[]): number | undefined =>
    firstChange(
      before.map((at) => sale(at)),
      after.map((at) => sale(at)),
      { from: 10, to: 40 },
    );
  expect(change([10, 20], [20, 10])).toBeUndefined();
  expect(change([20, 30], [20])).toBe(30);
  expect(change([], [40, 20])).toBe(20);
  expect(change([], [6])).toBe(10);
  expect(change([5], [41])).toBeUndefined();
  expect(firstChange([sale(20)], [sale(20, 6)], { from: 10, to: 40 })).toBe(20);
  expect(firstChange([sale(20)], [sale(20, 5, 7)], { from: 10, to: 40 })).toBe(20);
});
