import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MinuteHistory } from '../src/minute-history.ts';

const pushes = fc.array(
  fc.record({ skip: fc.nat(5), value: fc.option(fc.integer({ min: 400, max: 1_000 }), { nil: undefined }) }),
  { minLength: 1, maxLength: 60 },
);

test('means are those of the known values that are still remembered, before 1970, too', () => {
  const begin = fc.constantFrom(1_000, -100, -1_000_000);
  const from = fc.integer({ min: -30, max: 200 });
  fc.assert(
    fc.property(pushes, begin, from, fc.nat(60), (steps, first, offset, length) => {
      const history = new MinuteHistory(40);
      const values = new Map<number, number>();
      let minute = first;
      for (const { skip, value } of steps) {
        minute += skip + 1;
        expect(history.push(minute, value)).toBe(true);
        if (value !== undefined) values.set(minute, value);
      }
      const known = [...values].filter(
        ([at]) => at > minute - 40 && at >= first + offset && at < first + offset + length,
      );
      const mean = history.mean(first + offset, first + offset + length);
      if (known.length === 0) expect(mean).toBeUndefined();
      else expect(mean).toBeCloseTo(known.reduce((sum, [, value]) => sum + value, 0) / known.length, 6);
      for (const [at, value] of values) expect(history.at(at)).toBe(at > minute - 40 ? value : undefined);
    }),
  );
});

test('old minutes and what is no rate change nothing', () => {
  const history = new MinuteHistory();
  history.push(10, 5);
  for (const [minute, value] of [
    [10, 6],
    [9, 6],
    [11, Number.NaN],
    [11, -1],
    [11, Number.POSITIVE_INFINITY],
    [11.5, 1],
  ] as const)
    expect(history.push(minute, value)).toBe(false);
  expect([history.now, history.recent(5)]).toEqual([10, 5]);
});

test('a jump past all memory begins anew', () => {
  const history = new MinuteHistory(10);
  history.push(5, 1);
  history.push(1_000_000, 3);
  expect([history.at(5), history.recent(10)]).toEqual([undefined, 3]);
});

test('after a rewind it is as if the later minutes had never been', () => {
  fc.assert(
    fc.property(pushes, fc.nat(30), pushes, (before, back, after) => {
      const [history, other] = [new MinuteHistory(40), new MinuteHistory(40)];
      let newest = 1_000;
      const steps = before.map(({ skip, value }) => ({ minute: (newest += skip + 1), value }));
      const to = newest - back;
      for (const { minute, value } of steps) {
        history.push(minute, value);
        if (minute < to) other.push(minute, value);
      }
      history.rewind(to);
      let minute = to - 1;
      for (const { skip, value } of after) {
        minute += skip + 1;
        expect([history.push(minute, value), other.push(minute, value)]).toEqual([true, true]);
      }
      const oldest = newest - 39; // what is older was forgotten before
      for (let at = Math.max(oldest, minute - 39); at <= minute; at += 1) {
        expect(history.at(at)).toBe(other.at(at));
        expect(history.mean(at, minute + 1)).toBe(other.mean(at, minute + 1));
      }
    }),
  );
});

test('a rewind past all memory begins anew, one to the future changes nothing', () => {
  const history = new MinuteHistory(10);
  history.rewind(7);
  expect(history.now).toBeUndefined();
  for (let minute = 100; minute < 130; minute += 1) history.push(minute, minute);
  history.rewind(130);
  expect(history.at(129)).toBe(129);
  history.rewind(50);
  expect(history.push(50, 7)).toBe(true);
  expect([history.now, history.recent(10)]).toEqual([50, 7]);
});

test('M3: a minute far above the last day counts until the next known one has gone back, and when it comes each day', () => {
  const DAY = 1_440;
  const at5 = (history: MinuteHistory, from: number, values: readonly number[]): (number | undefined)[] =>
    values.map((value, i) => {
      history.push(from + i, value);
      return history.recent(5);
    });
  const calm = new Array<number>(4).fill(10);
  expect(at5(new MinuteHistory(), 0, [...calm, 1_000, 10, 10])).toEqual([...calm, 208, 10, 10]);
  expect(at5(new MinuteHistory(), 0, [...calm, 1_000, 500, 10])).toEqual([...calm, 208, 306, 306]);
  expect(at5(new MinuteHistory(), 0, [...calm, 30, 10]).at(-1)).toBe(14);
  const held = new MinuteHistory();
  at5(held, 0, [...calm, 1_000]);
  held.push(5, undefined);
  expect(at5(held, 8, [10, 10, 10])).toEqual([10, 10, 10]);
  expect(held.mean(0, 9)).toBe(10);
  held.rewind(7);
  held.push(7, undefined);
  expect(held.mean(0, 8)).toBe(208);
  at5(held, 10, [10]);
  expect(held.mean(0, 11)).toBe(1_050 / 6);
  const daily = new MinuteHistory();
  at5(daily, 0, [...calm, 1_000]);
  at5(daily, 5, new Array<number>(DAY - 1).fill(10));
  expect(at5(daily, DAY + 4, [1_000, 10])).toEqual([208, 208]);
  daily.rewind(DAY + 5);
  expect(at5(daily, DAY + 5, [900])).toEqual([386]);
  const undone = new MinuteHistory();
  at5(undone, 0, [...calm, 1_000, 10]);
  undone.rewind(5);
  expect(at5(undone, 5, [900])).toEqual([386]);
});
