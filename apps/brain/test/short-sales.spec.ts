/** A known sale that is shorter than the time between two horizons, in what is decided. */
import type { Sale } from '@atlas/brain-forecast';
import { expect, test } from 'vitest';
import type { Mind } from '../src/watch/mind.ts';
import { LOOSE, newMind, seen, TIGHT } from './scene.ts';

const MINUTE = 60_000;
const HOUR = Array.from({ length: 60 }, (_, minute) => ({ minute, rps: 100, modules: {} }));

/** After an hour of 100 requests/s. @param fromMin in that hour, or after it */
async function knowing(fromMin: number): Promise<Mind> {
  const mind = newMind();
  const sale: Sale = { fromMin, lengthMin: 4, times: 16 };
  mind.memory.know([sale]);
  await mind.memory.recall([HOUR]);
  return mind;
}

test('it is warmed for when it is over before the next quarter of an hour, and not yet within five minutes', async () => {
  const thought = (await knowing(70)).consider(seen(60 * MINUTE, 100), TIGHT);
  expect(thought?.decision).toMatchObject({ rule: 'pre-warm', proposal: { rung: 1 } });
  expect(thought?.outlook.in5Rps).toBeLessThan(120);
  expect(thought?.high.in15Rps).toBeGreaterThan(thought?.outlook.in15Rps ?? Infinity);
});

test('the shop falls no further than to what bears it, though the rate has been low for long', async () => {
  const mind = await knowing(70);
  for (let second = 0; second <= 300; second += 1)
    mind.consider(seen(55 * MINUTE + second * 1_000, 100), LOOSE);
  expect(mind.last?.decision).toMatchObject({ rule: 'fall', proposal: { rung: 1 } });
});

test('one that is over counts for nothing', async () => {
  const thought = (await knowing(56)).consider(seen(60 * MINUTE, 100), TIGHT);
  expect(Math.max(...Object.values(thought?.outlook ?? { none: Infinity }))).toBeLessThan(120);
});
