import { PAPER } from '@atlas/brain-decision';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { autonomyOf, WATCHING } from '../src/watch/autonomy.ts';
import type { Outcome } from '../src/watch/proposer.ts';
import type { StoredThought } from '../src/watch/thought.ts';
import { loop, type Mood } from './loop.ts';
import type { MemoryBrainStore } from './scene.ts';

const storedOf = (store: MemoryBrainStore): StoredThought[] =>
  store.kept.decisions.map(({ body }) => body as StoredThought);
const outcomes = (store: MemoryBrainStore): (Outcome['kind'] | undefined)[] =>
  storedOf(store).flatMap(({ outcome }) => (outcome ? [outcome.kind] : []));

test('at full autonomy a surge leads to one switch up and, when it is over, one back down', async () => {
  const { world, switcher, store, watch, seconds } = loop();
  switcher.set({ level: 4 });
  await seconds(5);
  world.rps = 2_000;
  await seconds(60);
  world.rps = 100;
  await seconds(900);
  await watch.stop();
  expect(switcher.switched.map(({ wish }) => [wish.source, wish.to.placements])).toEqual([
    ['brain', { cart: 'service', catalog: 'bundle' }],
    ['brain', { cart: 'bundle', catalog: 'bundle' }],
  ]);
  expect(switcher.heard).toHaveLength(2);
  const [up] = switcher.heard;
  expect(up).toMatchObject({ basedOnEpoch: 3, guardrails: [], reason: expect.stringMatching(/^rise: /) });
  expect(storedOf(store).find(({ key }) => key === up?.key)).toMatchObject({
    outcome: { kind: 'accepted', switchId: 'sw-4' },
    after: { movedAtMs: expect.any(Number) },
  });
});

test('a proposal is dated by the store’s clock, once that is known', async () => {
  const { now, world, switcher, store, seconds } = loop();
  switcher.set({ level: 4 });
  store.now = () => Promise.resolve(now.steadyMs + 5_000_000);
  world.rps = 2_000;
  await seconds(3);
  expect(switcher.heard[0]?.observedAt).toBeUndefined();
  await seconds(10);
  world.rps = 30_000;
  await seconds(2);
  expect(switcher.heard.at(-1)).toMatchObject({ source: 'emergency', observedAt: now.steadyMs + 5_000_000 });
});

test('P1: at level 0 it only watches', async () => {
  const { world, switcher, watch, store, seconds } = loop();
  world.rps = 2_000;
  await seconds(10);
  await watch.stop();
  expect(switcher.heard).toEqual([]);
  expect(new Set(outcomes(store))).toEqual(new Set(['watched']));
  expect(storedOf(store).every(({ after }) => after.movedAtMs === null)).toBe(true);
});

test('P1: in a freeze it says nothing, an emergency neither; when it is over it does', async () => {
  const { world, switcher, watch, seconds } = loop();
  switcher.set({ level: 4, frozen: { since: 'now', reason: 'stocktaking' } });
  world.rps = 9_000;
  await seconds(10);
  expect(switcher.heard).toEqual([]);
  expect(watch.health()).toMatchObject({
    outcome: { kind: 'not-said', because: 'frozen: stocktaking' },
    autonomy: { frozen: { reason: 'stocktaking' } },
  });
  switcher.set({ level: 4 });
  await seconds(1);
  expect(switcher.switched).toHaveLength(1);
});

test('P1, P3: it warms from level 3 on, and again when it is not kept warm any more', async () => {
  const { mind, switcher, watch, world, seconds } = loop();
  mind.memory.know([{ fromMin: 30_000_010, lengthMin: 60, times: 8 }]);
  world.rps = 200;
  switcher.set({ level: 2 });
  await seconds(70);
  expect(switcher.heard).toEqual([]);
  expect(watch.health().outcome).toMatchObject({ because: 'warms from level 3 on, and 2 counts now' });
  switcher.set({ level: 3 });
  await seconds(100);
  expect(switcher.heard.map(({ kind, to }) => [kind, to.placements['cart']])).toEqual([
    ['pre-warm', 'service'],
  ]);
  expect(watch.health().outcome).toMatchObject({ kind: 'warming' });
});

test('an operator who holds it is told in its status and in what is stored', async () => {
  const { world, switcher, store, watch, seconds } = loop();
  const held = { level: 4, effective: 1, heldUntil: '2027-01-15T08:10:00.000Z', frozen: null };
  switcher.set(held);
  world.rps = 2_000;
  await seconds(5);
  await watch.stop();
  expect(watch.health()).toMatchObject({ autonomy: held, outcome: { kind: 'waiting', proposalId: 'p-1' } });
  expect(storedOf(store).at(-1)?.autonomy).toEqual(held);
});

test('P3: what waits for a person is not said again until it has expired, also when the stress changes', async () => {
  const { world, switcher, seconds } = loop();
  switcher.set({ level: 1 });
  world.rps = 2_000;
  await seconds(590);
  expect(switcher.heard).toHaveLength(1);
  await seconds(30);
  expect(switcher.heard).toHaveLength(2);
});

test.each([
  ['back', -86_400_000],
  ['forward', 86_400_000],
])('P3: what waits does so by the store’s clock, though ours is set %s by a day', async (_, byMs) => {
  const { now, store, world, switcher, seconds } = loop();
  const began = now.wallMs;
  store.clock = () => began + now.steadyMs;
  switcher.set({ level: 1 });
  world.rps = 2_000;
  await seconds(20);
  now.wallMs += byMs;
  await seconds(570);
  expect(switcher.heard).toHaveLength(1);
  await seconds(30);
  expect(switcher.heard).toHaveLength(2);
});

test('P3: what was refused is said again after the cool-down; an emergency at once, for it is another wish', async () => {
  const { world, switcher, seconds } = loop();
  switcher.set({ level: 4 });
  switcher.mood = 'refuses';
  world.rps = 2_000;
  await seconds(170);
  expect(switcher.heard).toHaveLength(1);
  await seconds(30);
  expect(switcher.heard).toHaveLength(2);
  world.rps = 5_500;
  await seconds(5);
  expect(switcher.heard.map(({ source }) => source)).toContain('emergency');
});

test('P3: what waits for a person is said again when the level is another, for then it may be performed', async () => {
  const { world, switcher, seconds } = loop();
  switcher.set({ level: 1 });
  world.rps = 2_000;
  await seconds(20);
  expect(switcher.heard).toHaveLength(1);
  switcher.set({ level: 4 });
  await seconds(1);
  expect(switcher.switched).toHaveLength(1);
});

test('P2, P3: what was dropped for its age is said with the next look', async () => {
  const { now, wire, world, switcher, watch, seconds } = loop();
  switcher.set({ level: 4 });
  await seconds(1);
  wire.shape = () => {
    now.wallMs += 3_000;
    now.steadyMs += 3_000;
  };
  world.rps = 8_000; // within four seconds
  await seconds(1);
  expect(watch.health().outcome).toEqual({ kind: 'not-said', because: 'it was seen 3 s ago' });
  wire.shape = () => undefined;
  world.rps = 2_000;
  await seconds(1);
  expect(switcher.switched).toHaveLength(1);
});

test.each(['busy', 'deaf'] as const)(
  'P3: to a switcher that is %s it says it again the next second',
  async (mood) => {
    const { world, switcher, seconds } = loop();
    switcher.set({ level: 4 });
    switcher.mood = mood;
    world.rps = 2_000;
    await seconds(8);
    expect(switcher.heard.length).toBeGreaterThan(3);
    expect(new Set(switcher.heard.map(({ key }) => key)).size).toBe(switcher.heard.length);
    switcher.mood = 'well';
    await seconds(30);
    expect(switcher.switched).toHaveLength(1);
  },
);

test('a switch whose answer was lost counts as a move as soon as its epoch shows', async () => {
  const { world, switcher, mind, seconds } = loop();
  switcher.set({ level: 4 });
  switcher.mood = 'mute';
  world.rps = 2_000;
  await seconds(20);
  expect(switcher.switched).toHaveLength(1);
  expect(mind.last?.before.movedAtMs).not.toBeNull();
});

test('P4: what is under way already is not said', async () => {
  const { world, switcher, watch, seconds } = loop();
  switcher.set({ level: 4 });
  switcher.shape = {
    ...switcher.shape,
    coming: {
      ...switcher.shape.layout,
      placements: { cart: 'service', catalog: 'bundle' },
      instances: { bundle: 1, cart: 1 },
    },
  };
  world.rps = 2_000;
  await seconds(10);
  expect(switcher.heard).toEqual([]);
  expect(watch.health().outcome).toEqual({ kind: 'not-said', because: 'it is under way' });
});

const stop = fc.record({
  /** Seconds until it stands still, in the middle of a look. */
  after: fc.integer({ min: 1, max: 20 }),
  wallMs: fc.integer({ min: -100_000, max: 100_000 }),
  steadyMs: fc.integer({ min: 0, max: 100_000 }),
});

test('P2: a brain that stood still in the middle of a look, or whose clock was set, says nothing stale', async () => {
  const said = { fresh: 0, dropped: 0 };
  await fc.assert(
    fc.asyncProperty(stop, async ({ after, wallMs, steadyMs }) => {
      const { now, wire, world, switcher, watch, seconds } = loop();
      switcher.set({ level: 4 });
      switcher.mood = 'deaf';
      world.rps = 2_000;
      await seconds(after + 1);
      const before = switcher.heard.length;
      wire.shape = () => {
        now.wallMs += wallMs;
        now.steadyMs += steadyMs;
      };
      await seconds(1);
      const stale = Math.abs(wallMs) > 2_000 || steadyMs > 2_000;
      if (stale) expect(switcher.heard).toHaveLength(before);
      if (stale && watch.health().outcome?.kind === 'not-said') said.dropped += 1;
      if (switcher.heard.length > before) said.fresh += 1;
    }),
    { numRuns: 60, examples: [[{ after: 5, wallMs: 500, steadyMs: 500 }]] },
  );
  expect(Math.min(said.fresh, said.dropped)).toBeGreaterThan(0);
});

test('a brain that starts again says nothing before it has seen two seconds, and remembers its last move', async () => {
  const { world, switcher, store, watch, seconds, now } = loop();
  switcher.set({ level: 4 });
  world.rps = 2_000;
  await seconds(10);
  await watch.stop();
  expect(switcher.switched).toHaveLength(1);
  const next = loop({ startMs: now.wallMs + 5_000, store });
  const last = storedOf(store).findLast(({ outcome }) => outcome?.kind === 'accepted');
  next.mind.resume({ state: last?.after, epoch: 4, seenAt: now.wallMs });
  next.switcher.set({ level: 4 });
  next.switcher.commit(switcher.shape.layout);
  next.world.rps = 6_000;
  await next.seconds(1);
  expect([next.mind.last, next.switcher.heard]).toEqual([undefined, []]);
  await next.seconds(100);
  expect(next.switcher.heard.filter(({ source, kind }) => source === 'brain' && kind === 'move')).toEqual([]);
});

const MOODS: readonly Mood[] = ['well', 'well', 'refuses', 'busy', 'deaf', 'mute'];
const step = fc.record({
  rps: fc.integer({ min: 0, max: 20_000 }),
  seconds: fc.integer({ min: 1, max: 40 }),
  mood: fc.constantFrom(...MOODS),
  level: fc.constantFrom(0, 1, 3, 4, 4, 4),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
/** One rung up, and soon afterwards, by a load that is no overload, the next. */
const TWICE_UP: Step[] = [
  { rps: 2_000, seconds: 10, mood: 'well', level: 4 },
  { rps: 6_000, seconds: 240, mood: 'well', level: 4 },
];

async function played(steps: readonly Step[]) {
  const { world, switcher, seconds, store, watch } = loop();
  for (const { rps, seconds: count, mood, level } of steps) {
    world.rps = rps;
    switcher.mood = mood;
    switcher.set({ level });
    await seconds(count);
  }
  await watch.stop();
  const { heard, levels, switched } = switcher;
  return { heard, levels, switched, stored: store.kept.decisions };
}

test('whatever the load and the answers: no flapping, no switch at a low level, and a replay says the same', async () => {
  let [switches, paused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 20 }), async (steps) => {
      const first = await played(steps);
      expect(await played(steps)).toEqual(first);
      const { levels, switched } = first;
      expect(levels).not.toContain(0);
      switched.forEach(({ atMs, wish }, i) => {
        const before = switched[i - 1];
        if (wish.source !== 'brain' || before === undefined) return;
        expect(atMs - before.atMs).toBeGreaterThanOrEqual(PAPER.coolDownMs);
        paused += 1;
      });
      switches += switched.length;
    }),
    { numRuns: 10, examples: [[TWICE_UP]] },
  );
  expect(switches).toBeGreaterThan(3);
  expect(paused).toBeGreaterThan(0);
});

test('autonomy that is not understood means to watch', () => {
  const told = { level: 4, effective: 3, heldUntil: null, frozen: null };
  expect(autonomyOf(told)).toEqual(told);
  expect(autonomyOf({ ...told, frozen: { since: 's' } }).frozen).toEqual({ since: 's', reason: '' });
  for (const absurd of [undefined, null, 4, {}, { ...told, effective: 5 }, { ...told, level: '4' }])
    expect(autonomyOf(absurd)).toEqual(WATCHING);
});
