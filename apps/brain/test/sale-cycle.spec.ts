/** A sale in the calendar that grows, from its beginning to its end: each shape is in force before it is needed. */
import { modeOf } from '@atlas/control-layout';
import { expect, test } from 'vitest';
import { play, uneven, type Plan } from './closed-loop.ts';

const CAPACITY = { tight: 600, tight2: 600, hybrid: 900, loose: 1_300 };
const BEGINS = Date.parse('2027-01-10T12:00:00Z') / 60_000;
/** Requests per second without a sale. */
const NORMAL = 50;
/** Minutes of the trace, and how many times as much comes in them: more than hybrid is entered at, then than loose is. */
const FIRST = { from: 20, to: 27, times: 11 };
const SECOND = { from: 27, to: 34, times: 15.6 };
const END = 60;

const timesAt = (minute: number): number =>
  [FIRST, SECOND].find(({ from, to }) => minute >= from && minute < to)?.times ?? 1;

const PLAN: Plan = {
  ...{ startMs: BEGINS * 60_000, speed: 60 },
  rates: uneven(Array.from({ length: END }, (_, minute) => NORMAL * timesAt(minute))),
  history: uneven(Array.from({ length: 2 * 1_440 }, () => NORMAL)).map((rps, i) => ({
    ...{ minute: BEGINS - 2 * 1_440 + i, rps, modules: {} },
  })),
  sales: [FIRST, SECOND].map(({ from, to, times }) => ({
    ...{ fromMin: BEGINS + from, lengthMin: to - from, times },
  })),
};

test('the shop is hybrid before the sale, loose before it grows, one process again after it, and misses no second', async () => {
  const { moves, aborted, reverted, missed } = await play({ controller: 'atlas', capacity: CAPACITY }, PLAN);
  expect(moves.map(({ to }) => modeOf(to))).toEqual(['hybrid', 'loose', 'tight']);
  const [hybrid, loose, tight] = moves;
  expect(hybrid?.atS).toBeLessThan(FIRST.from);
  expect(loose?.atS).toBeLessThan(SECOND.from);
  expect(tight?.atS).toBeGreaterThan(SECOND.to);
  expect([aborted, reverted, missed]).toEqual([[], [], []]);
});
