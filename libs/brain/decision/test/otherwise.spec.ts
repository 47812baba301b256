import { expect, test } from 'vitest';
import { INITIAL_STATE, otherwise, PAPER } from '../src/index.ts';
import { flat, seenAt } from './scene.ts';

test('an anomaly score that is not known would have to be one', () => {
  const seen = seenAt(10, { anomaly: null });
  const flips = otherwise({ seen, outlook: flat(10), policy: PAPER, state: INITIAL_STATE });
  expect(flips.find(({ input }) => input === 'anomaly')).toMatchObject({ value: 0 });
});

test('what would have decided otherwise is told, the nearest first', () => {
  const asked = { seen: seenAt(500), outlook: flat(900), policy: PAPER, state: INITIAL_STATE };
  const flips = otherwise(asked);
  expect(flips[0]?.input).toMatch(/in5Rps|in15Rps/);
  const rise = flips.find(({ input }) => input === 'in5Rps');
  expect(rise).toMatchObject({ flipsAt: 1_000, to: 'rise to hybrid' });
  const anomaly = flips.find(({ input }) => input === 'anomaly')?.flipsAt;
  expect(anomaly).toBeGreaterThan(PAPER.anomalyAbove);
  expect(anomaly).toBeCloseTo(PAPER.anomalyAbove, 12);
});
