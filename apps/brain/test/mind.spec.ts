import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mind } from '../src/watch/mind.ts';
import { UNSAID, type Shape } from '../src/watch/thought.ts';
import { LOOSE, newCouncil, newMind, seen, TIGHT } from './scene.ts';

const MINUTE = 60_000;

test('decides on the mean of the last seconds, and says what would have decided otherwise', async () => {
  const mind = newMind();
  for (const [second, rps] of [200, 300, 400].entries()) mind.consider(seen(second * 1_000, rps), TIGHT);
  const thought = mind.last;
  expect(thought).toMatchObject({
    policy: 'paper',
    observation: { epoch: 3, rps: 300 },
    outlook: { in5Rps: 300, in15Rps: 300, in60Rps: 300 },
    decision: { rule: 'stay', proposal: { kind: 'none' } },
  });
  if (!thought) throw new Error('it thought nothing');
  const { otherwise } = await mind.explained(thought, UNSAID, (other) => newCouncil().choose(other));
  expect(otherwise[0]).toMatchObject({ input: 'rps', to: 'rise to hybrid' });
});

test.each([
  [1, 800],
  [60, 480],
])(
  'at speed %d one second that stands out moves nothing, and a surge counts from its second one on',
  (speed, most) => {
    const newOne = (): Mind => newMind({ speed });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: most }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.nat(8),
        (rps, more, at) => {
          const mind = newOne();
          for (let second = -6; second < 12; second += 1) {
            const now = seen(second * 1_000, second === at ? rps + more : rps);
            expect(mind.consider(now, TIGHT)?.decision.proposal).toEqual({ kind: 'none' });
          }
        },
      ),
    );
    const mind = newOne();
    const rates = [100, 100, 100, 100, 100, 3_000, 3_000].map(
      (rps, second) => mind.consider(seen(second * 1_000, rps), TIGHT)?.observation.rps,
    );
    expect(rates.slice(-2)).toEqual(speed === 1 ? [124, (3 * 100 + 2 * 3_000) / 5] : [220, 3_000]);
  },
);

test('a load that comes every other second does not vanish', () => {
  const mind = newMind();
  for (let at = 0; at < 9; at += 1) mind.consider(seen(at * 1_000, at % 2 ? 0 : 7_000), TIGHT);
  expect(mind.last?.observation.rps).toBeGreaterThan(3_000);
});

test('proposes to rise, with the most stressed module first, when the rate does', () => {
  const mind = newMind();
  const thought = mind.consider(seen(0, 2_000), TIGHT);
  expect(thought?.decision).toMatchObject({
    rule: 'rise',
    proposal: { kind: 'move', source: 'brain', to: { placements: { cart: 'service', catalog: 'bundle' } } },
  });
});

test('decides and forecasts on what arrives: of a shop that is behind, answers tell too little', () => {
  const mind = newMind();
  const behind = (at: number) => {
    const second = seen(at, 2_000);
    return { ...second, answers: { ...second.answers, rps: 500 } };
  };
  for (let minute = 0; minute < 10; minute += 1) mind.memory.remember(behind(minute * MINUTE));
  const thought = mind.consider(behind(10 * MINUTE), TIGHT);
  expect(thought?.observation.rps).toBe(2_000);
  expect(thought?.outlook.in5Rps).toBeCloseTo(2_000, -2);
});

test('after a clock was set back by a day forecasts go on from there at once', () => {
  const mind = newMind();
  const day = 1_440;
  for (let minute = 0; minute < 20; minute += 1) mind.memory.remember(seen((2 * day + minute) * MINUTE, 400));
  for (let minute = 0; minute < 3; minute += 1) mind.memory.remember(seen((day + minute) * MINUTE, 900));
  const [soon] = mind.memory.forecasts()['total'] ?? [];
  expect(soon).toMatchObject({ horizonMin: 5, minute: day + 2 + 5 });
  expect(soon?.rps).toBeGreaterThan(600);
});

const slow = (at: number, p95: number | null) => {
  const second = seen(at, 100);
  return { ...second, answers: { ...second.answers, p95 } };
};

test('slow answers in four of five real seconds are a strain, whatever the rate', () => {
  const mind = newMind();
  const strain = [190, 300, 300, null, 300, 300, 300, 100, 100].map(
    (p95, second) => mind.consider(slow(second * 1_000, p95), TIGHT)?.observation.strain,
  );
  expect(strain).toEqual([0, 0.2, 0.4, 0.4, 0.6, 0.8, 0.8, 0.6, 0.6]);
});

test('a second with a hole was as slow as the look after it, which counts its answers, too', () => {
  const mind = newMind();
  const slowAt = (second: number) => mind.consider(slow(second * 1_000, 300), TIGHT)?.observation.strain;
  expect(slowAt(0)).toBe(0.2);
  for (const second of [1, 2]) mind.consider(seen(second * 1_000, undefined), TIGHT);
  expect(slowAt(3)).toBe(0.8);
});

test('a shop that answers less than arrives is seen to bear that; failures are no answers', () => {
  const mind = newMind();
  const borne = (arrivals: number, rps: number, serverErrors = 0): unknown => {
    const second = seen(0, arrivals);
    const answers = { ...second.answers, rps, serverErrors };
    return mind.consider({ ...second, answers }, TIGHT)?.observation.borneRps;
  };
  expect([borne(100, 100), borne(100, 91), borne(100, 80), borne(100, 100, 60)]).toEqual([
    null,
    null,
    80,
    40,
  ]);
});

test('says nothing after a second with a hole or without the layout, whatever came before', () => {
  const mind = newMind();
  mind.consider(seen(0, 5_000), TIGHT);
  expect(mind.consider(seen(1_000, undefined), TIGHT)).toBeUndefined();
  expect(mind.last).toBeUndefined();
  expect(mind.consider(seen(2_000, 5_000), undefined)).toBeUndefined();
  expect(mind.imagine({ rps: 1 }, {})).toBeUndefined();
});

test('forecasts the shop and each module from the minutes that it saw, and decides by it', () => {
  const mind = newMind();
  expect(Object.values(mind.memory.forecasts()).flat()).toEqual([]);
  for (let minute = 0; minute < 30; minute += 1) mind.memory.remember(seen(minute * MINUTE, 400));
  const told = mind.memory.forecasts();
  expect(Object.keys(told)).toEqual(['total', 'cart', 'catalog']);
  for (const [name, rps] of [
    ['total', 400],
    ['cart', 100],
    ['catalog', 300],
  ] as const)
    for (const forecast of told[name] ?? []) expect(forecast.rps).toBeCloseTo(rps, 0);
  mind.memory.know([{ fromMin: 30, lengthMin: 60, times: 8 }]);
  const thought = mind.consider(seen(30 * MINUTE, 400), TIGHT);
  expect(thought?.decision.rule).toBe('rise');
});

test('decides on the mean that is expected, for that is to be borne; what is told has the least relative error', async () => {
  const mind = newMind();
  const noise = (minute: number): number => Math.abs(Math.sin(minute * 12.9898) * 43_758.5453) % 1;
  const minutes = Array.from({ length: 1_440 }, (_, minute) => ({
    ...{ minute, rps: 200 * 4 ** noise(minute) },
    modules: {},
  }));
  await mind.memory.recall([minutes]);
  const outlook = mind.consider(seen(1_440 * MINUTE, 400), TIGHT)?.outlook;
  const told = mind.memory.totals().find(({ horizonMin }) => horizonMin === 60);
  const mean = minutes.reduce((sum, { rps }) => sum + rps, 0) / minutes.length;
  expect((told?.rps ?? Infinity) / mean).toBeLessThan(0.8);
  expect((outlook?.in60Rps ?? 0) / mean).toBeGreaterThan(0.9);
});

test('what a trial took back rests, also over the revert, and a restart', () => {
  const mind = newMind();
  const wants = (second: number, shape: Shape) => mind.consider(seen(second * 1_000, 2_000), shape)?.decision;
  const to = { ...LOOSE.layout, placements: { cart: 'service', catalog: 'bundle' } as const };
  expect(wants(0, TIGHT)?.proposal).toMatchObject({ rung: 1 });
  const reverted = { epoch: 4, layout: to };
  wants(1, { ...TIGHT, epoch: 4, layout: to, reverted });
  wants(2, { ...TIGHT, epoch: 5, reverted });
  const because = (decision: ReturnType<typeof wants>) =>
    decision?.rules.find(({ name }) => name === 'rise')?.because;
  expect(because(wants(181, TIGHT))).toContain('hybrid was taken back by its trial');
  const next = newMind();
  next.resume({ state: mind.last?.decision.state });
  expect(next.last).toBeUndefined();
  const thought = next.consider(seen(300_000, 2_000), { ...TIGHT, epoch: 5 });
  expect(because(thought?.decision)).toContain('rests for');
});

test('what failed later than it is now, by a clock that was set back or in another replay, rests from now on', () => {
  const mind = newMind();
  const takenBack = [{ rung: 'hybrid', epoch: 4, times: 1, atMs: Date.UTC(2026, 0) }];
  mind.resume({ state: { lowSinceMs: null, movedAtMs: null, takenBack } });
  const wants = (second: number) => mind.consider(seen(second * 1_000, 2_000), TIGHT)?.decision;
  const first = wants(0);
  expect(first?.rules.find(({ name }) => name === 'rise')?.because).toContain('rests for 360 s');
  expect([first, wants(359), wants(360)].map((each) => each?.proposal)).toMatchObject([
    { rung: 2 },
    { rung: 2 },
    { rung: 1 },
  ]);
});

test('goes on where the stored minutes and the last stored decision end', async () => {
  const one = newMind();
  const minutes = Array.from({ length: 20 }, (_, minute) => ({
    ...{ minute, rps: minute === 7 ? null : 100 + minute },
    modules: { cart: 10, catalog: 90 + minute },
  }));
  await one.memory.recall([minutes]);
  one.resume({ state: { lowSinceMs: null, movedAtMs: 20 * MINUTE } });
  expect(one.memory.forecasts()['total']?.[0]?.minute).toBe(24);
  const thought = one.consider(seen(20 * MINUTE + 1_000, 2_000), TIGHT);
  expect(thought?.decision.rules.find(({ name }) => name === 'rise')?.because).toContain('cooling down');
  expect(thought?.decision.rule).not.toBe('rise');
});

test('M2: what it is told late of the past counts beside what it decided since, and after it', () => {
  const mind = newMind();
  expect(mind.forgetful).toBe(true);
  const rest = (rung: string, atMs: number) => ({ rung, epoch: 2, times: 1, atMs });
  const reverted = { epoch: 2, layout: LOOSE.layout };
  mind.consider(seen(100_000, 10), { ...TIGHT, reverted });
  mind.resume({
    state: { lowSinceMs: 1, movedAtMs: 50_000, takenBack: [rest('loose', 40_000), rest('hybrid', 30_000)] },
    epoch: 1,
    seenAt: 60_000,
  });
  expect(mind.forgetful).toBe(false);
  expect(mind.consider(seen(101_000, 10), TIGHT)?.before).toMatchObject({
    ...{ lowSinceMs: null, movedAtMs: 50_000 },
    takenBack: [rest('hybrid', 30_000), { ...rest('loose', 100_000) }],
  });
});

const falls = (mind: Mind, at: number, flaw?: 'clock-jump'): boolean => {
  const second = seen(at, 10);
  const flaws = flaw ? [{ instance: 'brain', flaw }] : [];
  return mind.consider({ ...second, flaws }, LOOSE)?.decision.rule === 'fall';
};

test('goes down after a low rate was seen all through the hold', () => {
  const mind = newMind();
  const at = Array.from({ length: 302 }, (_, second) => falls(mind, second * 1_000));
  expect(at.indexOf(true)).toBe(300);
});

test.each([
  ['a stand-still', 0, 400_000, undefined],
  ['a jump of the clock', 0, 400_000, 'clock-jump'],
  ['a small jump of the clock', 295_000, 300_000, 'clock-jump'],
  ['a jump back', 299_000, 100_000, 'clock-jump'],
] as const)('after %s holding begins anew', (_, until, next, flaw) => {
  const mind = newMind();
  for (let at = 0; at <= until; at += 1_000) falls(mind, at);
  expect(falls(mind, next, flaw)).toBe(false);
  const after = Array.from({ length: 302 }, (_, second) => falls(mind, next + second * 1_000));
  expect(after.indexOf(true)).toBe(300);
});

test.each([
  ['without a bundle', seen(176_000, undefined), TIGHT],
  ['without the layout', seen(176_000, 2_000), undefined],
] as const)('M4: a jump of the clock in a second %s lets no move come early either', (_, second, shape) => {
  const mind = newMind();
  const thought = mind.consider(seen(0, 2_000), TIGHT);
  if (thought) mind.begun(thought, TIGHT.layout);
  mind.consider({ ...second, flaws: [{ instance: 'brain', flaw: 'clock-jump' }] }, shape);
  const rules = [181_000, 182_000].map(
    (at) =>
      mind.consider(seen(at, 2_000), TIGHT)?.decision.rules.find(({ name }) => name === 'rise')?.because,
  );
  for (const because of rules) expect(because).toContain('cooling down');
});

test('a brain that was gone for a moment goes on holding; one that was gone for long begins anew', () => {
  for (const [seenAt, expected] of [
    [395_000, true],
    [300_000, false],
    [undefined, false],
  ] as const) {
    const mind = newMind();
    mind.resume({ state: { lowSinceMs: 0, movedAtMs: null }, epoch: LOOSE.epoch, seenAt });
    expect(falls(mind, 400_000)).toBe(expected);
  }
});

test('M5: what was seen before a stand-still is no part of what is seen now', () => {
  const mind = newMind();
  for (let second = 0; second < 60; second += 1) mind.consider(slow(second * 1_000, 300), TIGHT);
  const { observation } = mind.consider(seen(3_600_000, 900), TIGHT) ?? {};
  expect(observation).toMatchObject({ rps: 900, strain: 0 });
});

test('M5: after a long hole the rate is that of the looks since, not of seconds before it', () => {
  const mind = newMind();
  for (let second = 0; second < 10; second += 1) mind.consider(seen(second * 1_000, 5_000), TIGHT);
  for (let second = 10; second < 40; second += 1) mind.consider(seen(second * 1_000, undefined), TIGHT);
  const rates = [40, 41, 42].map((second) => mind.consider(seen(second * 1_000, 100), TIGHT));
  expect(rates.map((thought) => [thought?.observation.rps, thought?.decision.rule])).toEqual([
    ...[100, 100, 100].map((rps) => [rps, 'stay']),
  ]);
  mind.consider(seen(43_000, undefined), TIGHT);
  expect(mind.consider(seen(44_000, 200), TIGHT)?.observation.rps).toBe(125);
});

test('M5: a forecast counts until its minute is over, then what is now goes on', async () => {
  const mind = newMind();
  await mind.memory.recall([
    Array.from({ length: 60 }, (_, minute) => ({ minute, rps: 2_000, modules: {} })),
  ]);
  const at = (minute: number) => mind.consider(seen(minute * MINUTE, 100), TIGHT)?.outlook;
  expect(at(60)?.in5Rps).toBeGreaterThan(1_500);
  expect(at(66)?.in5Rps).toBe(100);
  expect(at(66)?.in15Rps).toBeGreaterThan(1_500);
  expect(at(180)).toEqual({ in5Rps: 100, in15Rps: 100, in60Rps: 100 });
});

test('M3: what it proposes is no move until it was begun, and another epoch is one, whoever moved', () => {
  const mind = newMind();
  const thought = mind.consider(seen(0, 2_000), TIGHT);
  expect(mind.consider(seen(1_000, 2_000), TIGHT)?.decision.rule).toBe('rise');
  if (thought) mind.begun(thought, TIGHT.layout);
  const cools = (at: number, shape = TIGHT) =>
    mind.consider(seen(at, 2_000), shape)?.decision.rules.find(({ name }) => name === 'rise')?.because;
  expect(cools(2_000)).toContain('cooling down');
  expect(cools(180_000)).not.toContain('cooling down');
  expect(cools(181_000, { ...TIGHT, epoch: 4 })).toContain('cooling down');
  const again = newMind();
  again.resume({ state: { lowSinceMs: null, movedAtMs: null }, epoch: 2, seenAt: 0 });
  expect(again.consider(seen(1_000, 2_000), TIGHT)?.before).toEqual({ lowSinceMs: null, movedAtMs: 1_000 });
});

test('what-if changes what it is asked to and nothing that is remembered', () => {
  const mind = newMind();
  mind.consider(seen(0, 10), TIGHT);
  const before = mind.last;
  expect(mind.imagine({ anomaly: 0.8, rps: 4_000 }, { in60Rps: 1 })).toMatchObject({
    observation: { anomaly: 0.8, rps: 4_000 },
    outlook: { in5Rps: 10, in60Rps: 1 },
    decision: { rule: 'anomaly' },
  });
  expect(mind.last).toBe(before);
  expect(mind.consider(seen(1_000, 10), TIGHT)?.before).toEqual(before?.decision.state);
  mind.consider(seen(2_000, 10), LOOSE);
  expect(mind.imagine({ rps: 9_000 }, {})).toMatchObject({
    before: { lowSinceMs: 2_000 },
    decision: { state: { lowSinceMs: null } },
  });
});

test('a decision is news when it differs, and again after a minute', () => {
  const mind = newMind();
  const news = (at: number, rps: number): boolean => {
    const thought = mind.consider(seen(at, rps), TIGHT);
    return (
      thought !== undefined &&
      mind.isNews(thought, { proposal: thought.decision.proposal, outcome: undefined })
    );
  };
  expect([news(0, 10), news(1_000, 12), news(2_000, 5_000), news(3_000, 5_000), news(63_000, 1_200)]).toEqual(
    [...[true, false, false, true, true]],
  );
});

test('whatever the sequence of seconds, holes decide nothing', () => {
  const rate = fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(rate, { maxLength: 40 }), (rates) => {
      const mind = newMind();
      rates.forEach((rps, second) =>
        expect(mind.consider(seen(second * 1_000, rps), TIGHT) === undefined).toBe(rps === undefined),
      );
    }),
  );
});
