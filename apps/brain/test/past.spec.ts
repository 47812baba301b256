/** What is read of the time before, when, and how often. */
import { expect, test } from 'vitest';
import { Learner } from '../src/costs/learner.ts';
import type { StoredThought } from '../src/watch/thought.ts';
import { loop } from './loop.ts';
import { KNOWN, MemoryBrainStore, MODULES } from './scene.ts';

test('the past is read when the store is there, be it away at the start, and what was seen since comes after it', async () => {
  const store = new MemoryBrainStore();
  const { watch, mind, seconds, now } = loop({ store });
  const begin = Math.floor(now.wallMs / 60_000);
  store.past = Array.from({ length: 1_500 }, (_, i) => ({
    minute: begin - 1_500 + i,
    rps: 400,
    modules: {},
  }));
  store.away = true;
  await seconds(130);
  const told = () => {
    const { minute, experts = [] } = mind.memory.forecasts()['total']?.[0] ?? {};
    const by = (name: string) => experts.find((expert) => expert.name === name)?.rps;
    return { minute, persistence: by('persistence'), yesterday: by('yesterday') };
  };
  const before = told();
  expect(mind.memory.forgetful).toBe(true);
  expect(before.persistence).toBeCloseTo(100, 0);
  store.away = false;
  await seconds(5);
  await watch.stop();
  expect(mind.memory.forgetful).toBe(false);
  expect(told()).toEqual({ ...before, yesterday: 400 });
});

test.each([
  ['days ahead for a while', [10, -10]],
  ['days behind at the start', [2]],
])('the past is read anew after the clock was %s', async (_, jumps) => {
  const DAY_MS = 86_400_000;
  const store = new MemoryBrainStore();
  const { mind, seconds, now } = loop({ store });
  const ends = now.wallMs + jumps.reduce((sum, days) => sum + days, 0) * DAY_MS;
  const begin = Math.floor(ends / 60_000);
  store.past = Array.from({ length: 1_500 }, (_, i) => ({
    ...{ minute: begin - 1_500 + i, rps: 400, modules: {} },
  }));
  await seconds(130);
  for (const days of jumps) {
    now.wallMs += days * DAY_MS;
    await seconds(130);
  }
  const { experts = [] } = mind.memory.forecasts()['total']?.[0] ?? {};
  expect(experts.find(({ name }) => name === 'yesterday')?.rps).toBe(400);
  expect(experts.find(({ name }) => name === 'persistence')?.rps).toBeCloseTo(100, 0);
});

test('what a clock told that was days ahead while the store was away is forgotten when it is set back', async () => {
  const { store, mind, seconds, now } = loop();
  store.away = true;
  for (const days of [0, 10, -10]) {
    now.wallMs += days * 86_400_000;
    await seconds(130);
  }
  store.away = false;
  await seconds(70);
  const { minute = 0, horizonMin = 0 } = mind.memory.forecasts()['total']?.[0] ?? {};
  expect(minute - horizonMin).toBe(Math.floor(now.wallMs / 60_000) - 1);
});

test('sales that are in doubt are read again, and the minutes stay as they are', async () => {
  const { store, watch, mind, seconds } = loop();
  await seconds(130);
  const sale = await store.addSale({ fromMin: 1, lengthMin: 2, times: 3 });
  const before = mind.memory.forecasts();
  mind.memory.doubtSales();
  await seconds(5);
  await watch.stop();
  expect(mind.memory).toMatchObject({ forgetful: false, sales: [sale] });
  expect(mind.memory.forecasts()).toEqual(before);
});

test('what was decided last is read when the store is there, be it away at the start', async () => {
  const store = new MemoryBrainStore();
  const { watch, switcher, mind, world, seconds, now } = loop({ store });
  const takenBack = ['hybrid', 'loose'].map((rung) => ({ rung, epoch: 2, times: 1, atMs: now.wallMs }));
  const earlier = { lowSinceMs: null, movedAtMs: now.wallMs - 400_000, takenBack };
  const trust = { table: 0.9, forecast: 0.1 };
  const body = { after: earlier, observation: { epoch: 3 }, counsel: { trust } };
  store.kept.decisions.push({ id: 1, at: 0, body });
  store.away = true;
  switcher.set({ level: 4 });
  await seconds(20);
  store.away = false;
  await seconds(5);
  world.rps = 2_000;
  await seconds(70);
  await watch.stop();
  expect(mind.last?.before).toMatchObject({ movedAtMs: earlier.movedAtMs, takenBack });
  expect(switcher.heard.filter(({ kind }) => kind === 'move')).toEqual([]);
  expect((store.kept.decisions.at(-1)?.body as StoredThought).counsel?.trust).toEqual(trust);
});

test('what was learned earlier is read when the store is there, be it away at the start, and not written over', async () => {
  const { site, intent } = KNOWN;
  const whose = { modules: MODULES, machine: 'card', build: 'b1' };
  const learned = { atMs: 1_800_000_000_000, costs: KNOWN.costs, windows: 12, fit: KNOWN.fit };
  const record = { crashes: { cart: 2 }, days: 3, crashed: [] };
  const store = new MemoryBrainStore();
  store.kept.costs = { ...whose, keptAtMs: 1_800_000_000_000, learned, record };
  store.away = true;
  const learner = new Learner({ ...whose, site, intent });
  const { watch, seconds } = loop({ store, learner });
  await seconds(20);
  expect(learner.forgetful).toBe(true);
  store.away = false;
  await seconds(5);
  await watch.stop();
  expect(learner.forgetful).toBe(false);
  expect(learner.known()).toBeDefined();
  expect(store.kept.costs).toMatchObject({ record: { crashes: { cart: 2 } } });
});

test('a known sale is forecast though the store was away at the start', async () => {
  const store = new MemoryBrainStore();
  await store.addSale({ fromMin: 30_000_006, lengthMin: 60, times: 8 });
  store.away = true;
  const { mind, seconds } = loop({ store });
  await seconds(20);
  store.away = false;
  await seconds(110);
  expect(mind.memory.forecasts()['total']?.[0]).toMatchObject({
    minute: 30_000_006,
    rps: expect.closeTo(800, 0),
  });
});
