import fc from 'fast-check';
import { expect, test } from 'vitest';
import { borne, isWarm, intentOf, STEP_S, stepsOf, traceOf, type Timed } from '../src/capacity-plan.ts';
import { peakOf } from '../src/traffic.ts';

const BEGAN = 1_000_000;
/** A hundred requests of a step, all as slow as said. */
const step = (index: number, ms: number, failed = 0): Timed[] =>
  Array.from({ length: 100 }, (_, i) => {
    const scheduled = BEGAN + (index + i / 100) * STEP_S * 1_000;
    return { phase: 'load', scheduled, done: scheduled + ms, failed: i < failed };
  });
const STEPS = [100, 110, 120, 130, 140];
const bears = (rows: readonly Timed[]) => borne(rows, { steps: STEPS, beganAt: BEGAN, intentMs: 50 });

test('steps rise from half of the closed-loop rate to above it', () => {
  const steps = stepsOf(1_000);
  expect(steps[0]).toBe(500);
  expect(steps.at(-1)).toBeGreaterThanOrEqual(1_300);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  expect(traceOf([10, 20])).toBe('timestamp_utc,rps\n1970-01-01T00:00:00Z,10\n1970-01-01T00:01:00Z,20\n');
});

test('the intent is four times the p99 at half load', () => {
  expect(intentOf(step(0, 12.5))).toBe(50);
  expect(() => intentOf([])).toThrow('no request');
});

test('what is borne is the last step before two in a row that were not', () => {
  expect(bears([0, 1, 2, 3, 4].flatMap((index) => step(index, 10)))).toBe(140);
  expect(bears([...step(0, 10), ...step(1, 90), ...step(2, 10), ...step(3, 90), ...step(4, 90)])).toBe(120);
  expect(bears([...step(0, 10), ...step(1, 10, 1), ...step(2, 10, 1)])).toBe(100);
  expect(bears([...step(0, 10), ...step(1, 10)])).toBe(110);
});

test('a step in which a queue grows is not borne, also when the intent is too wide to notice', () => {
  const growing = step(1, 0).map((row, i) => ({ ...row, done: row.scheduled + i * 0.4 }));
  expect(bears([...step(0, 10), ...growing, ...step(2, 30)])).toBe(100);
});

test('the peak is above what tight bears, or else well within what the best shape does', () => {
  const rate = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(fc.record({ tight: rate, tight2: rate, hybrid: rate, loose: rate }), (capacity) => {
      const peak = peakOf(capacity);
      expect(peak).toBeLessThanOrEqual(Math.round(1.3 * capacity.tight));
      expect(peak).toBeLessThanOrEqual(Math.round(0.85 * Math.max(...Object.values(capacity))));
    }),
  );
});

test('a shape is warm when it gets hardly faster for a while, or when it was given time enough', () => {
  expect(isWarm([])).toBe(false);
  expect(isWarm([100, 100, 100])).toBe(false);
  expect(isWarm([100, 102, 90, 104])).toBe(true);
  expect(isWarm([100, 101, 102, 150, 151, 152])).toBe(false);
  expect(isWarm([100, 101, 102, 150, 151, 152, 153])).toBe(true);
  expect(isWarm(Array.from({ length: 15 }, (_, i) => 2 ** i))).toBe(true);
});
