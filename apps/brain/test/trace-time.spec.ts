import { PAPER } from '@atlas/brain-decision';
import { expect, test } from 'vitest';
import { BRAIN_SETTINGS } from '../src/brain.config.ts';
import { REAL_TIME, traceTime, traceTimeOf } from '../src/clocks.ts';
import { Mind } from '../src/watch/mind.ts';
import { loadConfig } from '@atlas/platform-config';
import { loop } from './loop.ts';
import { MODULES, POLICY } from './scene.ts';

const MINUTE = 60_000;
const START = Date.UTC(1998, 5, 10, 15);
const BEGAN = 1_800_000_000_000;
const fast = () => {
  const mind = new Mind({ modules: MODULES, policy: POLICY, intentP99Ms: 200, speed: 60 });
  return loop({ mind, startMs: BEGAN - 3_000, time: traceTime(START, BEGAN, 60) });
};

test('at speed 60 each second is a minute of the trace, with the rate that is really seen', async () => {
  const { world, store, watch, mind, seconds } = fast();
  await seconds(3);
  for (let minute = 0; minute < 20; minute += 1) {
    world.rps = 100 + minute;
    await seconds(1);
  }
  await watch.stop();
  expect(store.kept.minutes.map(({ at, covered, answers }) => [at, covered, answers.rps])).toEqual(
    Array.from({ length: 20 }, (_, minute) => [START + minute * MINUTE, 1, 100 + minute]),
  );
  expect(mind.memory.forecasts()['total']?.[0]?.minute).toBe(START / MINUTE + 19 + 5);
  expect(mind.last?.observation).toMatchObject({ atMs: START + 20 * MINUTE, rps: 119 });
  // What is kept of the seconds is kept under their real time.
  expect(store.kept.seconds.at(-1)?.at).toBe(BEGAN + 20_000);
});

test('before the trace begins nothing is remembered or decided', async () => {
  const { store, mind, seconds } = fast();
  await seconds(2);
  expect(mind.last).toBeUndefined();
  expect(store.kept.minutes).toEqual([]);
});

test('a low rate is held, and a cool-down waited for, in the time of the trace', async () => {
  const { world, switcher, seconds } = fast();
  switcher.set({ level: 4 });
  world.rps = 2_000;
  await seconds(6);
  world.rps = 100;
  await seconds(10);
  const [up, down] = switcher.switched.map(({ atMs }) => (atMs - BEGAN) * 60);
  expect((down ?? 0) - (up ?? 0)).toBeGreaterThanOrEqual(PAPER.holdMs);
  expect((down ?? 0) - (up ?? 0)).toBeLessThan(2 * PAPER.holdMs);
});

test('proposals are dated in real time', async () => {
  const { now, world, store, switcher, seconds } = fast();
  store.now = () => Promise.resolve(now.wallMs);
  switcher.set({ level: 4 });
  await seconds(9); // the store's clock is known after a group of seconds
  world.rps = 2_000;
  await seconds(2);
  expect(now.wallMs - (switcher.heard[0]?.observedAt ?? 0)).toBeLessThanOrEqual(2_000);
});

const config = (more: Readonly<Record<string, string>>) =>
  loadConfig(BRAIN_SETTINGS, {
    ...{
      ATLAS_HOME: '/x',
      ATLAS_BRAIN_STORE_URL: 'postgres://x',
      ATLAS_BRAIN_TOKEN: 'own',
      ATLAS_OPERATOR_FINGERPRINT: '0'.repeat(64),
      ATLAS_BUILD: 'b1',
      ATLAS_BUNDLE: 'shop',
      ATLAS_MODULES: 'cart',
      ATLAS_GUARDRAILS: 'guardrails.wasm',
    },
    ...more,
  });

test('a trace has a start, a time at which it began, and a speed', () => {
  expect(traceTimeOf(config({}))).toBe(REAL_TIME);
  const time = traceTimeOf(
    config({
      ATLAS_BRAIN_TRACE_START: '1998-06-10T15:00:00Z',
      ATLAS_BRAIN_STARTED_AT: new Date(BEGAN).toISOString(),
      ATLAS_BRAIN_SPEED: '60',
    }),
  );
  expect(time.of(BEGAN + 1_000)).toBe(START + MINUTE);
});

test.each([
  [{ ATLAS_BRAIN_SPEED: '60' }, /ATLAS_BRAIN_SPEED needs/],
  [{ ATLAS_BRAIN_TRACE_START: '1998-06-10T15:00:00Z' }, /STARTED_AT is no/],
  [{ ATLAS_BRAIN_TRACE_START: 'noon', ATLAS_BRAIN_STARTED_AT: '2026-01-01' }, /TRACE_START is no/],
])('%j is refused', (more, why) => {
  expect(() => traceTimeOf(config(more))).toThrow(why);
});
