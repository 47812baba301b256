import { expect, test } from 'vitest';
import {
  decide,
  INITIAL_STATE,
  otherwise,
  PAPER,
  wordsOf,
  type Observation,
  type Outlook,
} from '../src/index.ts';
import { flat, seenAt } from './scene.ts';

const policy = PAPER;
const decides = (seen: Observation, outlook: Outlook): string => {
  const { rule, proposal } = decide(seen, outlook, policy, INITIAL_STATE);
  return wordsOf(rule, proposal, policy);
};

test('an anomaly score that is not known would have to be one', async () => {
  const seen = seenAt(10, { anomaly: null });
  const flips = await otherwise({ seen, outlook: flat(10), policy, decides });
  expect(flips.find(({ input }) => input === 'anomaly')).toMatchObject({ value: 0 });
});

test('what would have decided otherwise is told, the nearest first', async () => {
  const flips = await otherwise({ seen: seenAt(500), outlook: flat(900), policy, decides });
  expect(flips[0]?.input).toMatch(/in5Rps|in15Rps/);
  const rise = flips.find(({ input }) => input === 'in5Rps');
  expect(rise).toMatchObject({ flipsAt: 1_000, to: 'rise to hybrid' });
  const anomaly = flips.find(({ input }) => input === 'anomaly')?.flipsAt;
  expect(anomaly).toBeGreaterThan(PAPER.anomalyAbove);
  expect(anomaly).toBeCloseTo(PAPER.anomalyAbove, 12);
});

test('what made a decision is told, whatever it was: a crash, or strain', async () => {
  const asked = async (seen: Observation) =>
    (await otherwise({ seen, outlook: flat(500), policy, decides })).map(({ input, value, flipsAt, to }) => [
      ...[input, value, Number(flipsAt.toFixed(6)), to],
    ]);
  expect(await asked(seenAt(500, { crashed: ['cart', 'payment'] }))).toEqual([['crashed', 2, 0, 'stay']]);
  expect(await asked(seenAt(500, { strain: 0.8 }))).toContainEqual([
    'strain',
    0.8,
    policy.strainAbove,
    'stay',
  ]);
  expect(await asked(seenAt(500))).toContainEqual(['strain', 0, policy.strainAbove, 'strain to hybrid']);
});
