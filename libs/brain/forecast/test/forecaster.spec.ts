import { expect, test } from 'vitest';
import { Forecaster, type Forecast } from '../src/index.ts';
import { normal, uniform } from './noise.ts';

const DAY = 1_440;
const START = 20_000 * DAY;

/** A day's curve with noise: low at night, 10 times as much in the evening. */
function rates(days: number, { level = 100, seed = 1 } = {}): number[] {
  const draw = normal(uniform(seed));
  return Array.from({ length: days * DAY }, (_, i) => {
    const day = 1.1 - Math.cos((2 * Math.PI * (i % DAY)) / DAY);
    return Math.max(0, level * day * (1 + 0.05 * draw()));
  });
}

function feed(forecaster: Forecaster, values: readonly (number | undefined)[], start = START): void {
  values.forEach((value, i) => forecaster.push(start + i, value));
}

const of = (forecasts: readonly Forecast[], horizon: number): Forecast => {
  const found = forecasts.find(({ horizonMin }) => horizonMin === horizon);
  if (!found) throw new Error(`no forecast for ${horizon} min`);
  return found;
};

test('without a value nothing is forecast; from the first on it is', () => {
  const forecaster = new Forecaster();
  expect(forecaster.forecast()).toEqual([]);
  forecaster.push(START, 7);
  const { rps, minute } = of(forecaster.forecast(), 5);
  expect([rps.toFixed(6), minute]).toEqual(['7.000000', START + 5]);
});

test('after some days the curve of the day is known an hour ahead', () => {
  const values = rates(4);
  const forecaster = new Forecaster();
  const at = 3 * DAY + 6 * 60; // the steepest hour
  feed(forecaster, values.slice(0, at));
  const { rps, band80, band95, experts } = of(forecaster.forecast(), 60);
  const actual = 100 * (1.1 - Math.cos((2 * Math.PI * ((at + 59) % DAY)) / DAY));
  expect(rps / actual).toBeGreaterThan(0.9);
  expect(rps / actual).toBeLessThan(1.1);
  expect([band95.low <= band80.low, band80.low < rps, rps < band80.high, band80.high <= band95.high]).toEqual(
    [true, true, true, true],
  );
  expect(experts[0]?.name).toMatch(/shape|last week|yesterday/);
});

test('ten minutes into a surge that nothing announced, all bands are at least twice as wide', () => {
  const values = rates(3);
  const at = 2 * DAY + 12 * 60;
  const forecaster = new Forecaster();
  const widths = (): number[] =>
    forecaster.forecast().map(({ rps, band80 }) => (band80.high - band80.low) / rps);
  feed(forecaster, values.slice(0, at));
  const before = widths();
  feed(
    forecaster,
    values.slice(at, at + 10).map((value) => 3 * value),
    START + at,
  );
  widths().forEach((width, i) => expect(width / (before[i] ?? Infinity)).toBeGreaterThan(2));
});

test('F1: a series at another level and on other days gets the same forecast, in proportion', () => {
  const [here, there] = [new Forecaster(), new Forecaster()];
  feed(here, rates(3));
  feed(there, rates(3, { level: 100_000 }), START + 777 * DAY + 123);
  for (const horizon of [5, 15, 60]) {
    const [a, b] = [of(here.forecast(), horizon), of(there.forecast(), horizon)];
    expect(b.rps / a.rps).toBeCloseTo(1_000, 3);
    expect(b.band80.high / a.band80.high).toBeCloseTo(1_000, 3);
  }
});

test('a gap of hours, NaN and negative values leave it sane', () => {
  const forecaster = new Forecaster();
  const values: (number | undefined)[] = rates(3);
  for (let i = 2 * DAY; i < 2 * DAY + 300; i += 1) values[i] = undefined;
  feed(forecaster, values);
  expect(forecaster.push(START + 3 * DAY, Number.NaN)).toBe(false);
  expect(forecaster.push(START + 3 * DAY, -4)).toBe(false);
  expect(forecaster.push(START + 1, 4)).toBe(false);
  for (const { rps, band80 } of forecaster.forecast()) {
    expect(rps).toBeGreaterThan(0);
    expect(band80.high).toBeLessThan(1_000);
  }
});

test('what came late, after a day on which nobody came and nobody was expected, is within bands that hold the forecast', () => {
  const forecaster = new Forecaster();
  const draw = normal(uniform(5));
  feed(forecaster, new Array<number>(DAY).fill(0));
  for (const { rps, band80 } of forecaster.forecast())
    expect([rps, band80]).toEqual([0, { low: 0, high: 0 }]);
  for (let i = 0; i < 60; i += 1) {
    forecaster.push(START + DAY + i, 100 * (1 + 0.05 * draw()));
    for (const { rps, band80, band95 } of forecaster.forecast()) {
      expect([band80.low < rps, rps < band80.high, rps < band95.high]).toEqual([true, true, true]);
    }
  }
});

test('minutes in which the shop hardly answered yesterday are not taken for the beginning of a surge today', () => {
  const forecaster = new Forecaster();
  const draw = normal(uniform(6));
  const outage = 2 * DAY + 12 * 60;
  for (let i = 0; i < 3 * DAY + 13 * 60; i += 1) {
    const answered = i >= outage && i < outage + 20 ? 0.000_1 : 1;
    forecaster.push(START + i, 100 * answered * (1 + 0.05 * draw()));
    if (i < outage + DAY - 90) continue;
    for (const { rps } of forecaster.forecast()) expect(rps).toBeLessThan(150);
  }
});

test.each([
  [10, 0],
  [1_000, 3],
  [1e5, 0],
])(
  'one minute of %i times the rate, and a hole of %i minutes, is gone from all forecasts with the next, for good: a day later, too',
  (times, hole) => {
    const forecaster = new Forecaster();
    const values = rates(5);
    const [at, evening] = [3 * DAY + 12 * 60, 200];
    for (let i = 0; i < at + DAY + 120; i += 1) {
      const isHole = i > at && i <= at + hole;
      forecaster.push(START + i, isHole ? undefined : (values[i] ?? 0) * (i === at ? times : 1));
      if (i <= at + hole) continue;
      for (const { rps, minute, band80 } of forecaster.forecast()) {
        const day = 1.1 - Math.cos((2 * Math.PI * ((minute - START) % DAY)) / DAY);
        expect(Math.abs(rps / (100 * day) - 1), `${i - at} min later`).toBeLessThan(0.15);
        expect(band80.high).toBeLessThan(2 * evening);
      }
    }
  },
);

test('a burst that came once foretells no more than a curve may make of the rate; one of each day is foretold', () => {
  const noon = 12 * 60;
  const foretold = (days: readonly number[], day: number): number => {
    const forecaster = new Forecaster();
    const draw = normal(uniform(8));
    let most = 0;
    for (let i = 0; i < day * DAY + noon; i += 1) {
      const isBurst = days.includes(Math.floor(i / DAY)) && i % DAY >= noon && i % DAY < noon + 20;
      forecaster.push(START + i, 100 * (isBurst ? 30 : 1) * (1 + 0.05 * draw()));
      if (i >= day * DAY + noon - 90) most = Math.max(most, of(forecaster.forecast(), 60).rps / 100);
    }
    return most;
  };
  expect(foretold([3], 4)).toBeLessThan(4.2);
  expect(foretold([0, 1, 2, 3], 4)).toBeGreaterThan(6);
});

test('of a series with a request a minute the mean is expected, not what came just now', () => {
  const forecaster = new Forecaster();
  const draw = uniform(11);
  const poisson = (): number => {
    let [count, left] = [0, draw()];
    for (; left > Math.exp(-1); left *= draw()) count += 1;
    return count;
  };
  let [away, count] = [0, 0];
  for (let i = 0; i < 4 * DAY; i += 1) {
    forecaster.push(START + i, poisson() / 60);
    if (i < 3 * DAY) continue;
    for (const { meanRps } of forecaster.forecast())
      [away, count] = [away + Math.abs(meanRps * 60 - 1), count + 1];
  }
  expect(away / count).toBeLessThan(0.2);
});

test('a constant series is forecast as it is, within bands that still fit when it begins to vary', () => {
  const forecaster = new Forecaster();
  const told = new Map<number, Forecast>();
  const draw = normal(uniform(3));
  let [inside, count] = [0, 0];
  for (let i = 0; i < 3.5 * DAY; i += 1) {
    const value = i < 3 * DAY ? 1_234.567 : 1_234.567 * (1 + 0.05 * draw());
    const due = told.get(START + i);
    const isIn = due === undefined || (value >= due.band80.low && value <= due.band80.high);
    if (i < 3 * DAY) expect([i, isIn]).toEqual([i, true]);
    else if (i > 3 * DAY + 180) [inside, count] = [inside + Number(isIn), count + 1];
    forecaster.push(START + i, value);
    const hour = of(forecaster.forecast(), 60);
    if (i < 3 * DAY) expect(hour.rps).toBeCloseTo(1_234.567, 6);
    told.set(hour.minute, hour);
  }
  expect(inside / count).toBeGreaterThan(0.7);
});

test('F3: a sale in the calendar is forecast an hour ahead, within 25 %', () => {
  const forecaster = new Forecaster();
  const values = rates(5);
  const saleAt = START + 4 * DAY + 12 * 60;
  forecaster.know([{ fromMin: saleAt, lengthMin: 120, times: 8 }]);
  feed(forecaster, values.slice(0, saleAt - 59 - START));
  const { rps } = of(forecaster.forecast(), 60);
  const actual = (values[saleAt + 1 - START] ?? 0) * 8;
  expect(Math.abs(rps - actual) / actual).toBeLessThan(0.25);
});

test('F3: a sale whose customers come over some minutes is not taken for a small one meanwhile', () => {
  const forecaster = new Forecaster();
  const values = rates(5);
  const from = 4 * DAY + 12 * 60;
  forecaster.know([{ fromMin: START + from, lengthMin: 60, times: 8 }]);
  for (let minute = 0; minute < from; minute += 1) forecaster.push(START + minute, values[minute]);
  for (const [minute, times] of [1, 1, 2, 3, 5].entries()) {
    forecaster.push(START + from + minute, (values[from + minute] ?? 0) * times);
    const actual = 8 * (values[from + minute + 15] ?? 0);
    expect(Math.abs(of(forecaster.forecast(), 15).rps / actual - 1)).toBeLessThan(0.08);
  }
});

test('F3: a sale that is smaller than announced corrects itself within minutes, and leaves nothing behind', () => {
  const forecaster = new Forecaster();
  const values = rates(5);
  const from = 4 * DAY + 12 * 60;
  forecaster.know([{ fromMin: START + from, lengthMin: 60, times: 8 }]);
  const actual = (minute: number): number =>
    (values[minute] ?? 0) * (minute >= from && minute < from + 60 ? 4 : 1);
  for (let minute = 0; minute < from + 20; minute += 1) forecaster.push(START + minute, actual(minute));
  expect(of(forecaster.forecast(), 5).rps / actual(from + 24)).toBeLessThan(1.4);
  for (let minute = from + 20; minute < from + 75; minute += 1)
    forecaster.push(START + minute, actual(minute));
  expect(of(forecaster.forecast(), 5).rps / actual(from + 79)).toBeGreaterThan(0.7);
});

test('F3: a sale that is told only when it has begun, or is struck then, is taken for what it is', () => {
  const forecaster = new Forecaster();
  const values = rates(5);
  const from = 4 * DAY + 12 * 60;
  const actual = (minute: number): number => (values[minute] ?? 0) * (minute >= from ? 8 : 1);
  const isRight = (now: number): void => {
    for (const { rps, minute } of forecaster.forecast()) {
      expect(minute - START).toBeGreaterThan(now);
      expect(Math.abs(rps / actual(minute - START) - 1)).toBeLessThan(0.25);
    }
  };
  for (let minute = 0; minute < from + 40; minute += 1) forecaster.push(START + minute, actual(minute));
  const sale = { fromMin: START + from, lengthMin: 240, times: 8 };
  forecaster.know([sale]);
  isRight(from + 39);
  forecaster.know([{ ...sale }]);
  isRight(from + 39);
  for (let minute = from + 40; minute < from + 60; minute += 1) {
    forecaster.push(START + minute, actual(minute));
    isRight(minute);
  }
  forecaster.know([]);
  expect(of(forecaster.forecast(), 5).rps / actual(from + 64)).toBeGreaterThan(0.75);
  const later = { fromMin: START + from + 600, lengthMin: 60, times: 8 };
  const told = forecaster.forecast();
  forecaster.know([later]);
  expect(forecaster.forecast()).toEqual(told);
});

test('the mixture stays near its best expert on a random walk, where the last value is best', () => {
  const draw = normal(uniform(9));
  const forecaster = new Forecaster();
  const said: [number, number][] = [];
  let [level, ours, persisted, count] = [500, 0, 0, 0];
  for (let i = 0; i < 6 * DAY; i += 1) {
    level = Math.max(1, level * Math.exp(0.01 * draw()));
    forecaster.push(START + i, level);
    said.push([of(forecaster.forecast(), 15).rps, level]);
    const due = said.length > 15 ? said.shift() : undefined;
    if (!due || i < 2 * DAY) continue;
    ours += Math.abs(due[0] - level) / level;
    persisted += Math.abs(due[1] - level) / level;
    count += 1;
  }
  expect(count).toBeGreaterThan(5_000);
  expect(ours / persisted).toBeLessThan(1.1);
});
