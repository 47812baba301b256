import type { Target } from '@atlas/brain-collector';
import type { Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Answers } from '../src/api/answers.ts';
import { crashedOf, shapeOf } from '../src/watch/eyes.ts';
import type { Shape, StoredThought } from '../src/watch/mind.ts';
import { Watch } from '../src/watch/watch.ts';
import { MemoryBrainStore, MODULES, newMind, POLICY, TIGHT } from './scene.ts';

const SHOP: Target = { instance: 'shop-0', app: 'shop', process: '1', metricsUrl: 'http://shop' };

/** A watch whose time the test moves: one bundle that answers `rps` requests a second. */
function scene() {
  const now = { wallMs: 1_800_000_000_000, steadyMs: 0 };
  const world = {
    rps: 100,
    answered: 0,
    cpu: 1,
    shop: true,
    switcherTells: true,
    shape: TIGHT as Shape | undefined,
  };
  /** What becomes of a text on its way. */
  const wire = { through: (text: string): string => text };
  const asked: Layout[] = [];
  const store = new MemoryBrainStore();
  const mind = newMind();
  const eyes = {
    targets: () => Promise.resolve([SHOP]),
    metrics: () =>
      world.shop
        ? Promise.resolve(
            wire.through(
              `process_cpu_seconds_total ${world.cpu}\natlas_edge_requests_total{operation="cart.get",status="200"} ${world.answered}\n`,
            ),
          )
        : Promise.reject(new Error('away')),
    shape: () => Promise.resolve(world.shape),
    plan: (to: Layout) => {
      asked.push(to);
      return world.switcherTells
        ? Promise.resolve({ starts: [], stops: [], moves: [], refusals: ['no connections are left'] })
        : Promise.reject(new Error('away'));
    },
  };
  const log = { warn: () => undefined, info: () => undefined };
  const clocks = { wallMs: () => now.wallMs, steadyMs: () => now.steadyMs };
  const watch = new Watch({ bundle: 'shop', modules: MODULES, eyes, mind, store, clocks, log });
  const seconds = async (count: number, clock = 1): Promise<void> => {
    for (let second = 0; second < count; second += 1) {
      now.wallMs += 1_000 * clock;
      now.steadyMs += 1_000;
      world.answered += world.rps;
      world.cpu += 0.1;
      await watch.look();
    }
  };
  return { world, wire, asked, store, watch, mind, seconds };
}

test('sees, thinks and stores: seconds in groups, a minute when it is over, decisions that are news', async () => {
  const { store, watch, mind, seconds } = scene();
  await seconds(130);
  await watch.stop();
  expect(store.kept.seconds).toHaveLength(130);
  expect(store.kept.seconds.at(-1)).toMatchObject({ covered: 1, answers: { rps: 100 }, flaws: [] });
  expect(store.kept.minutes.at(-1)).toMatchObject({ covered: 1, answers: { rps: 100 } });
  expect(mind.forecasts()['total']?.[0]?.rps).toBeCloseTo(100, 0);
  expect(store.kept.decisions[0]).toMatchObject({ body: { level: 0, decision: { rule: 'stay' } } });
});

test('while the store is away it goes on, and what it saw follows later', async () => {
  const { store, watch, seconds } = scene();
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
  const { store, watch, seconds } = scene();
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
  const { world, store, watch, mind, seconds } = scene();
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
  world.shape = undefined;
  await seconds(1);
  expect(status()).toMatchObject({ deciding: false, switcher: { contact: false } });
});

test('a move that it would propose is planned by the switcher, and the plan explains the decision', async () => {
  const { world, asked, store, watch, seconds } = scene();
  await seconds(3);
  expect(asked).toEqual([]);
  Object.assign(world, { rps: 2_000 });
  await seconds(10);
  await watch.stop();
  // For each decision that is news, once: the rise, and the pre-warm while it cools down.
  expect(asked).toHaveLength(2);
  expect(asked[0]?.placements).toEqual({ cart: 'service', catalog: 'bundle' });
  expect(
    store.kept.decisions.find(({ body }) => (body as StoredThought).decision.rule === 'rise'),
  ).toMatchObject({
    body: { plan: { refusals: ['no connections are left'] } },
  });
});

test('without the switcher a decision is stored all the same', async () => {
  const { world, store, watch, seconds } = scene();
  Object.assign(world, { rps: 2_000, switcherTells: false });
  await seconds(3);
  await watch.stop();
  expect(store.kept.decisions[0]).toMatchObject({ body: { decision: { rule: 'rise' }, plan: null } });
});

const host = (app: string, health: 'ready' | 'silent') => ({
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
  expect(crashedOf({ layout, hosts })).toEqual(['catalog']);
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
    ...{ frozen: false, leader: { holder: 'h', leads: true }, store: { contact: true, ageMs: 1 } },
  };
  expect(shapeOf(status)).toEqual({
    epoch: 2,
    layout: { placements: {}, instances: {}, canary: {}, configVersion: 1 },
    crashed: [],
  });
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

test('whatever befalls its telemetry, a steady load leads to no proposal, and each trouble is said', async () => {
  const step = fc.record({
    trouble: fc.option(fc.constantFrom(...Object.keys(TROUBLES)), { nil: undefined, freq: 1 }),
    clock: fc.constantFrom(1, 1, 1, 10, -100, 3_600),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const { wire, watch, mind, seconds } = scene();
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
    }),
    { numRuns: 60 },
  );
});
