import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Answers } from '../src/api/answers.ts';
import { Learner } from '../src/costs/learner.ts';
import { WATCHING } from '../src/watch/autonomy.ts';
import type { Status } from '@atlas/control-api';
import { tightLayout } from '@atlas/control-layout';
import { crashedOf, shapeOf } from '../src/watch/eyes.ts';
import type { StoredThought } from '../src/watch/thought.ts';
import { loop } from './loop.ts';
import { KNOWN, MemoryBrainStore, MODULES, POLICY } from './scene.ts';

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

const host = (app: string, health: Status['hosts'][number]['health']) => ({
  ...{ instance: `${app}-0`, nonce: 'n', app, pid: 1, health, stopping: false, rpc: null, metricsUrl: null },
  ...{ acked: [], closedThrough: null, roots: {}, rssMb: null },
});

test('a module has crashed when it is placed as a service and no process of it is well', () => {
  const placements = { cart: 'service', catalog: 'service', payment: 'bundle' } as const;
  const layout = {
    epoch: 2,
    mode: 'hybrid' as const,
    placements,
    instances: {},
    canary: {},
    configVersion: 1,
  };
  const hosts = [host('shop', 'ready'), host('cart', 'ready'), host('catalog', 'silent')];
  expect(crashedOf({ layout, hosts, frozen: false })).toEqual(['catalog']);
});

test('when many fall silent together nobody has crashed but those who are gone', () => {
  const placements = { cart: 'service', catalog: 'service', payment: 'service' } as const;
  const layout = { ...tightLayout(Object.keys(placements)), epoch: 2, mode: 'loose' as const, placements };
  const hosts = [host('shop', 'ready'), host('cart', 'silent'), host('catalog', 'silent')];
  expect(crashedOf({ layout, hosts, frozen: true })).toEqual(['payment']);
});

test('what is ready is told of each module and of bundles, whether it serves, is kept warm or in reserve', () => {
  const layout = tightLayout(['cart', 'catalog', 'payment']);
  const going = { ...host('cart', 'ready'), instance: 'cart-1', stopping: true };
  const reserve = { ...host('shop', 'reserve'), instance: 'shop-1' };
  const hosts = [
    ...[host('shop', 'ready'), host('cart', 'ready'), going, host('catalog', 'starting'), reserve],
    ...[{ ...host('shop', 'starting'), instance: 'shop-2' }, host('spare', 'spare')],
  ];
  const status = {
    ...{ layout: { ...layout, epoch: 2, mode: 'tight' }, hosts, switches: [], autonomy: WATCHING },
    store: { contact: true, ageMs: 1 },
  } as unknown as Status;
  expect(shapeOf(status)?.ready).toEqual({ bundle: 2, cart: 1, catalog: 0, payment: 0 });
});

test('a switcher that has lost its store shows no shape to decide on', () => {
  const layout = {
    epoch: 2,
    mode: 'tight' as const,
    placements: {},
    instances: {},
    canary: {},
    configVersion: 1,
  };
  const status = {
    ...{ layout, mode: layout.mode, epoch: 2, preparedEpoch: null, liveEpochs: [2], hosts: [], switches: [] },
    ...{ frozen: false, autonomy: WATCHING, prewarm: null },
    ...{ leader: { holder: 'h', leads: true }, store: { contact: true, ageMs: 1 } },
  };
  expect(shapeOf(status)).toEqual({
    epoch: 2,
    layout: { placements: {}, instances: {}, canary: {}, configVersion: 1 },
    ...{ crashed: [], ready: { bundle: 0 }, coming: null, autonomy: WATCHING },
  });
  const starting = { ...status, hosts: [host('cart', 'starting')] };
  expect(shapeOf(starting)?.unsettled).toBe(true);
  for (const [phase, unsettled] of [
    ['preparing', true],
    ['trial', true],
    ['draining', undefined],
  ] as const) {
    const open = { phase, toPlacements: {}, toInstances: {}, trial: null } as Status['switches'][number];
    expect(shapeOf({ ...status, switches: [open] })?.unsettled).toBe(unsettled);
  }
  expect(shapeOf({ ...status, store: { contact: false, ageMs: 9_000 } })).toBeUndefined();
  expect(shapeOf({ ...status, layout: null })).toBeUndefined();
});

const ANSWERED = /\d+(?=\n$)/;
/** What may befall a scrape, and how the status must name it. */
const TROUBLES: Readonly<Record<string, (text: string, earlier: string) => string>> = {
  missing: () => {
    throw new Error('away');
  },
  unreadable: () => '<html></html>',
  replayed: (_, earlier) => earlier,
  'a counter that is no number': (text) => text.replace(ANSWERED, 'NaN'),
  'a negative counter': (text) => text.replace(ANSWERED, '-5'),
  'a counter ten times as high': (text) =>
    text.replace(ANSWERED, (count) => String(Number(count) * 10 + 60_000)),
  'an absurd counter': (text) => text.replace(ANSWERED, '1e300'),
  'half a text': (text) => text.slice(0, -30),
};

test('whatever befalls its telemetry, a steady load makes it say nothing at full autonomy, and each trouble is told', async () => {
  const step = fc.record({
    trouble: fc.option(fc.constantFrom(...Object.keys(TROUBLES)), { nil: undefined, freq: 1 }),
    clock: fc.constantFrom(1, 1, 1, 10, -100, 3_600),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const { wire, watch, mind, seconds, switcher } = loop();
      switcher.set({ level: 4 });
      await seconds(3);
      let earlier = '';
      for (const { trouble, clock } of steps) {
        wire.through = (text) => {
          const sent = trouble === undefined ? text : (TROUBLES[trouble]?.(text, earlier) ?? text);
          if (trouble === undefined) earlier = text;
          return sent;
        };
        await seconds(1, clock);
        const { second } = watch.health();
        if (mind.last) expect(mind.last.decision.proposal).toEqual({ kind: 'none' });
        if (trouble !== undefined) expect([second?.covered, mind.last]).toEqual([0, undefined]);
        if (trouble !== undefined || clock !== 1) expect(second?.flaws).not.toEqual([]);
      }
      expect(switcher.heard).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('a switch whose trial failed is told as long as it is open, with the epoch that it had', () => {
  const shape = { placements: { cart: 'service' }, instances: { bundle: 1, cart: 1 } } as const;
  const failed = {
    ...{ epoch: 8, toPlacements: shape.placements, toInstances: shape.instances, phase: 'draining' },
    trial: { verdict: 'failed', detail: 'slow', byEpoch: 9 },
  };
  const status = {
    layout: {
      epoch: 9,
      mode: 'tight',
      placements: { cart: 'bundle' },
      instances: {},
      canary: {},
      configVersion: 1,
    },
    ...{ hosts: [], switches: [failed], autonomy: WATCHING, store: { contact: true, ageMs: 1 } },
  } as unknown as Status;
  expect(shapeOf(status)).toMatchObject({ epoch: 9, reverted: { epoch: 8, layout: shape } });
});
