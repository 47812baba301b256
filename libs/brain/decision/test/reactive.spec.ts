import type { Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { INITIAL_STATE, measuredPolicy, reactive, type DecisionState } from '../src/index.ts';

const POLICY = measuredPolicy({ tight: 400, tight2: 600, hybrid: 100, loose: 100 });
const withBundles = (bundle: number): Layout => ({
  placements: { cart: 'bundle', catalog: 'bundle' },
  ...{ instances: { bundle }, canary: {}, configVersion: 1 },
});

/** Runs it over rates, `stepMs` apart or at these times, against a switcher that commits at once. */
function run(rates: readonly number[], stepMs: number | readonly number[], bundles = 1) {
  let [layout, state]: [Layout, DecisionState] = [withBundles(bundles), INITIAL_STATE];
  const moves: { readonly atMs: number; readonly bundles: number }[] = [];
  rates.forEach((rps, index) => {
    const atMs = typeof stepMs === 'number' ? index * stepMs : (stepMs[index] ?? 0);
    const seen = {
      atMs,
      epoch: 1,
      layout,
      rps,
      stress: { cart: 1, catalog: 0 },
      strain: 0,
      borneRps: null,
      anomaly: 1,
      crashed: ['cart'],
      ready: {},
    };
    const outlook = { in5Rps: 9e9, in15Rps: 9e9, in60Rps: 9e9 };
    const decision = reactive(seen, outlook, POLICY, state);
    state = decision.state;
    if (decision.proposal.kind !== 'move') return;
    layout = decision.proposal.to;
    moves.push({ atMs, bundles: layout.instances['bundle'] ?? 0 });
  });
  return moves;
}
const constant = (rps: number, count: number): number[] => Array.from({ length: count }, () => rps);

test('rises when the rate has been high at each look of 30 s', () => {
  expect(run(constant(500, 60), 1_000)).toEqual([{ atMs: 30_000, bundles: 2 }]);
  expect(run([...constant(500, 20), ...constant(100, 20), ...constant(500, 20)], 1_000)).toEqual([]);
});

test('falls when the rate has been below the leaving rate as long, not between leaving and entering', () => {
  expect(run(constant(200, 60), 1_000, 2)).toEqual([{ atMs: 30_000, bundles: 1 }]);
  expect(run(constant(270, 60), 1_000, 2)).toEqual([]);
});

test('looks each 15 s only', () => {
  const short = Array.from({ length: 120 }, (_, second) => (second % 15 === 0 ? 100 : 500));
  expect(run(short, 1_000)).toEqual([]);
});

test('at a minute a second it moves with the second look', () => {
  expect(run([100, 500, 500, 500], 60_000)).toEqual([{ atMs: 120_000, bundles: 2 }]);
});

test('after a clock was set back it begins to wait anew, and not until the time is what it was', () => {
  const times = [100_000, 115_000, 1_000, 16_000, 31_000];
  expect(run(constant(500, 5), times)).toEqual([{ atMs: 31_000, bundles: 2 }]);
});

test('knows of no forecast, crash or anomaly, and the same rates lead to the same moves', () => {
  expect(run(constant(200, 60), 1_000)).toEqual([]);
  const rates = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 200 });
  fc.assert(
    fc.property(rates, fc.constantFrom(1_000, 15_000, 60_000), (given, stepMs) => {
      const moves = run(given, stepMs);
      expect(run(given, stepMs)).toEqual(moves);
      moves.forEach(({ atMs }, i) =>
        expect(atMs - (moves[i - 1]?.atMs ?? -Infinity)).toBeGreaterThanOrEqual(30_000),
      );
    }),
  );
});
