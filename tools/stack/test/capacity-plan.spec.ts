import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keepPasses, keptPasses } from '../src/capacity-passes.ts';
import {
  borne,
  climbOf,
  findingsOf,
  isWarm,
  intentOf,
  STEP_S,
  ratesOf,
  traceOf,
  type Step,
  type Timed,
} from '../src/capacity-plan.ts';
import { machineFacts } from '../src/machine-facts.ts';
import { UsageError } from '../src/options.ts';
import { peakOf } from '../src/traffic.ts';

const BEGAN = 1_000_000;
/** A hundred requests of a step, all as slow as said. */
const step = (index: number, ms: number, failed = 0): Timed[] =>
  Array.from({ length: 100 }, (_, i) => {
    const scheduled = BEGAN + (index + i / 100) * STEP_S * 1_000;
    return { phase: 'load', scheduled, done: scheduled + ms, failed: i < failed };
  });
const RATES = [100, 110, 120, 130, 140];
const climb = (rows: readonly Timed[]): Step[] => climbOf(rows, { rates: RATES, beganAt: BEGAN });
const bears = (rows: readonly Timed[]): number => borne(climb(rows), 50);

test('rates rise from half of the closed-loop rate to above it', () => {
  const rates = ratesOf(1_000);
  expect(rates[0]).toBe(500);
  expect(rates.at(-1)).toBeGreaterThanOrEqual(1_300);
  expect(rates).toEqual([...rates].sort((a, b) => a - b));
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
  expect(bears([])).toBe(100);
});

test('a step in which a queue grows is not borne, also when the intent is too wide to notice', () => {
  const growing = step(1, 0).map((row, i) => ({ ...row, done: row.scheduled + i * 0.4 }));
  expect(bears([...step(0, 10), ...growing, ...step(2, 30)])).toBe(100);
});

/** So many steps are borne by each shape within the intent that p99 at half load says. */
const pass = (halfMs: number, counts: { readonly tight: number; readonly tight2: number }) => {
  const climbed = (count: number): Step[] => climb(RATES.flatMap((_, i) => step(i, i < count ? 10 : 200)));
  return {
    intentMs: intentOf(step(0, halfMs)),
    climbs: { tight: climbed(counts.tight), tight2: climbed(counts.tight2) },
  };
};

test('of several passes the lowest intent and the best of each shape count, and what each found is said', () => {
  const {
    intentMs,
    bears: best,
    lines,
  } = findingsOf([pass(12.5, { tight: 3, tight2: 2 }), pass(10, { tight: 2, tight2: 4 })]);
  expect([intentMs, best]).toEqual([40, { tight: 120, tight2: 130 }]);
  expect(lines).toEqual([
    'the intent: p99 ≤ 40 ms (by pass: 50, 40)',
    'tight bears 120 requests/s (by pass: 120, 110)',
    'tight2 bears 130 requests/s (by pass: 110, 130)',
  ]);
});

test('every pass is judged by the same intent: a noisy half load makes no shape bear more', () => {
  const { bears: best } = findingsOf([pass(100, { tight: 2, tight2: 2 }), pass(10, { tight: 2, tight2: 2 })]);
  expect(best).toEqual({ tight: 110, tight2: 110 });
});

test('a shape that bears not even its first step is said to', () => {
  const said = (...all: ReturnType<typeof pass>[]): string | undefined =>
    findingsOf(all).lines.find((line) => line.includes('not even'));
  expect(said(pass(10, { tight: 0, tight2: 3 }))).toMatch(/^tight did not even bear its first step/);
  expect(said(pass(10, { tight: 0, tight2: 3 }), pass(10, { tight: 1, tight2: 3 }))).toBeUndefined();
});

test('a machine whose passes differ by more than a quarter, or by half loads twice as slow, is said to be uneven', () => {
  const quiet = pass(10, { tight: 4, tight2: 5 });
  const said = (other: ReturnType<typeof pass>): string | undefined =>
    findingsOf([quiet, other]).lines.find((line) => line.includes('uneven'));
  expect(said(quiet)).toBeUndefined();
  expect(said(pass(20, { tight: 2, tight2: 3 }))).toBeUndefined();
  expect(said(pass(10, { tight: 1, tight2: 5 }))).toBeDefined();
  expect(said(pass(21, { tight: 4, tight2: 5 }))).toBeDefined();
});

test('the peak is above what tight bears, or else well within what the best shape does', () => {
  const rate = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(fc.record({ tight: rate, tight2: rate, hybrid: rate, loose: rate }), (capacity) => {
      const [above, within] = [1.3 * capacity.tight, 0.85 * Math.max(...Object.values(capacity))];
      expect(peakOf(capacity)).toBe(Math.min(Math.round(above), Math.round(within)));
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

test('a pass that was kept says the same when it is read again, also of rates that were not asked for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-capacity-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'capacity-passes.json');
  const scene = { build: 'b', hostCpu: 0.3, machine: machineFacts() };
  expect(await keptPasses(file, scene)).toBeUndefined();
  const passes = [{ intentMs: 40, climbs: { tight: climb(step(0, 10)), tight2: climb([]) } }];
  const rates = { tight: 200, tight2: 300 };
  await keepPasses(file, { scene, passes, rates });
  const again = await keptPasses<'tight' | 'tight2'>(file, scene);
  expect(again?.rates).toEqual(rates);
  expect(findingsOf(again?.passes ?? [])).toEqual(findingsOf(passes));
  expect(findingsOf(passes).bears).toEqual({ tight: 100, tight2: 100 });
  const otherCode = keptPasses(file, { ...scene, build: 'c' });
  await expect(otherCode).rejects.toThrow(`${file} holds a pass of other code`);
  await expect(keptPasses(file, { ...scene, hostCpu: 0.5 })).rejects.toThrow('say no --resume');
  for (const text of ['{ "scene', 'null']) {
    await writeFile(file, text);
    await expect(keptPasses(file, scene)).rejects.toThrow(UsageError);
  }
});
