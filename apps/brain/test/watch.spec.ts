import { expect, test } from 'vitest';
import { Answers } from '../src/api/answers.ts';
import type { StoredThought } from '../src/watch/thought.ts';
import { loop } from './loop.ts';
import { POLICY } from './scene.ts';

test('sees, thinks and stores: seconds in groups, a minute when it is over, decisions that are news', async () => {
  const { store, watch, mind, seconds } = loop();
  await seconds(130);
  await watch.stop();
  expect(store.kept.seconds).toHaveLength(130);
  expect(store.kept.seconds.at(-1)).toMatchObject({ covered: 1, answers: { rps: 100 }, flaws: [] });
  expect(store.kept.minutes.at(-1)).toMatchObject({ covered: 1, answers: { rps: 100 } });
  expect(mind.memory.forecasts()['total']?.[0]?.rps).toBeCloseTo(100, 0);
  expect(store.kept.decisions[0]).toMatchObject({
    body: { autonomy: { effective: 0 }, decision: { rule: 'stay' } },
  });
});

test('while the store is away it goes on, and what it saw follows later', async () => {
  const { store, watch, seconds } = loop();
  store.away = true;
  await seconds(70);
  expect(watch.health()).toMatchObject({
    store: { contact: false, waitingSeconds: 70 },
    second: { covered: 1 },
  });
  store.away = false;
  await seconds(1);
  await watch.stop();
  expect(store.kept.seconds).toHaveLength(71);
  expect(store.kept.minutes).toHaveLength(1);
  expect(watch.health().store).toEqual({ contact: true, waitingSeconds: 0 });
});

test('what comes while the store is writing is stored next, once', async () => {
  const { store, watch, seconds } = loop();
  const written = Promise.withResolvers<void>();
  store.writing = written.promise;
  await seconds(8);
  expect(store.kept.seconds).toHaveLength(0);
  written.resolve();
  await watch.stop();
  expect(store.kept.seconds).toHaveLength(8);
  expect(new Set(store.kept.seconds.map(({ at }) => at)).size).toBe(8);
});

test('without the shop or the switcher it decides nothing, and its status says why', async () => {
  const { world, store, watch, mind, seconds } = loop();
  const status = () => new Answers({ mind, watch, store, policy: POLICY }).status();
  await seconds(3);
  expect(status()).toMatchObject({ level: 0, deciding: true, rule: 'stay', rps: 100 });
  world.shop = false;
  await seconds(1);
  expect(status()).toMatchObject({
    deciding: false,
    second: { covered: 0, flaws: [{ instance: 'shop-0', flaw: 'missing' }] },
  });
  world.shop = true;
  world.shown = false;
  await seconds(1);
  expect(status()).toMatchObject({ deciding: false, switcher: { contact: false } });
});

test('a move that it would propose is planned by the switcher, and the plan explains the decision', async () => {
  const { world, asked, store, watch, seconds } = loop();
  await seconds(3);
  expect(asked).toEqual([]);
  Object.assign(world, { rps: 2_000 });
  await seconds(10);
  await watch.stop();
  // Once for each decision that is news.
  expect(asked).toHaveLength(1);
  expect(asked[0]?.placements).toEqual({ cart: 'service', catalog: 'bundle' });
  expect(
    store.kept.decisions.find(({ body }) => (body as StoredThought).decision.rule === 'rise'),
  ).toMatchObject({
    body: { plan: { refusals: ['no connections are left'] } },
  });
});

test('without the switcher a decision is stored all the same', async () => {
  const { world, store, watch, seconds } = loop();
  Object.assign(world, { rps: 2_000, switcherTells: false });
  await seconds(3);
  await watch.stop();
  expect(store.kept.decisions[0]).toMatchObject({ body: { decision: { rule: 'rise' }, plan: null } });
});
