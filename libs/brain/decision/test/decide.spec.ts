import { modeOf, type Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decide,
  flawsOf,
  INITIAL_STATE,
  layoutOf,
  measuredPolicy,
  moved,
  needing,
  atSpeed,
  failed,
  otherwise,
  PAPER,
  rungOf,
  stressed,
  type Decision,
  type DecisionState,
  type Observation,
  type Outlook,
  type Policy,
} from '../src/index.ts';

const MINUTE = 60_000;
const MODULES = ['cart', 'catalog', 'payment', 'shipping'];
const STRESS = { cart: 0.4, catalog: 0.3, payment: 0.2, shipping: 0.1 };

const EMPTY: Layout = {
  placements: Object.fromEntries(MODULES.map((module) => [module, 'bundle' as const])),
  instances: { bundle: 1 },
  canary: {},
  configVersion: 1,
};
const on = (rung: number, policy: Policy = PAPER): Layout => {
  const found = policy.rungs[rung];
  if (!found) throw new Error(`there is no rung ${rung}`);
  return layoutOf(found, EMPTY, ['cart', 'payment']);
};

const seenAt = (rps: number, change: Partial<Observation> = {}): Observation => ({
  atMs: 100 * MINUTE,
  epoch: 7,
  layout: EMPTY,
  rps,
  stress: STRESS,
  strain: 0,
  borneRps: null,
  anomaly: 0.1,
  crashed: [],
  ready: {},
  ...change,
});
const flat = (rps: number): Outlook => ({ in5Rps: rps, in15Rps: rps, in60Rps: rps });

const told = ({ rule, proposal }: Decision): unknown =>
  proposal.kind === 'none'
    ? rule
    : [rule, proposal.kind, modeOf(proposal.to), proposal.kind === 'move' ? proposal.source : ''];

test.each([
  ['RPS < 1000, no anomaly: tight', seenAt(500), flat(500), 'stay'],
  ['RPS 1000–5000: hybrid', seenAt(900), flat(1_200), ['rise', 'move', 'hybrid', 'brain']],
  ['RPS > 5000: loose', seenAt(900), flat(6_000), ['rise', 'move', 'loose', 'brain']],
  ['anomaly: loose', seenAt(500, { anomaly: 0.8 }), flat(500), ['anomaly', 'move', 'loose', 'emergency']],
  ['crash: loose', seenAt(500, { crashed: ['cart'] }), flat(500), ['crash', 'move', 'loose', 'emergency']],
])('Table 1: %s', (_, seen, outlook, expected) => {
  expect(told(decide(seen, outlook, PAPER, INITIAL_STATE))).toEqual(expected);
});

test('what comes in 15 minutes is warmed, not switched', () => {
  const outlook = { in5Rps: 700, in15Rps: 1_500, in60Rps: 1_500 };
  expect(told(decide(seenAt(600), outlook, PAPER, INITIAL_STATE))).toEqual([
    'pre-warm',
    'pre-warm',
    'hybrid',
    '',
  ]);
});

test('more than the shape bears is an emergency, also while it cools down; the highest rung has nowhere to go', () => {
  const cooling: DecisionState = { lowSinceMs: null, movedAtMs: 99.9 * MINUTE };
  expect(told(decide(seenAt(4_000), flat(4_000), PAPER, cooling))).toEqual([
    'overload',
    'move',
    'hybrid',
    'emergency',
  ]);
  expect(told(decide(seenAt(99_000, { layout: on(2) }), flat(99_000), PAPER, cooling))).toBe('stay');
});

const EACH = { cart: 1, catalog: 1, payment: 1, shipping: 1 };
/** With stress as above, cart and catalog leave the bundle in hybrid. */
const HALF = { cart: 1, catalog: 1 };
const FOUR = measuredPolicy({ tight: 400, tight2: 560, hybrid: 700, loose: 1_000 });
const rungAfter = (
  seen: Observation,
  { outlook = flat(seen.rps), policy = FOUR, state = INITIAL_STATE } = {},
) => {
  const { proposal, rule, rules } = decide(seen, outlook, policy, state);
  const because = rules.find(({ name }) => name === rule)?.because;
  return [rule, proposal.kind === 'none' ? undefined : policy.rungs[proposal.rung]?.name, because];
};

describe('T8: without time a warm rung goes before one that has to start', () => {
  test('next higher first, and says so', () => {
    const words = expect.stringContaining('; tight ×2 would have to start first, hybrid is warm');
    expect(rungAfter(seenAt(310, { ready: EACH }))).toEqual(['rise', 'hybrid', words]);
    expect(rungAfter(seenAt(100, { ready: EACH, strain: 0.8 }))).toEqual(['strain', 'hybrid', words]);
  });

  test('what was foreseen in time may start the cheaper one', () => {
    const foreseen = (startMs: number): unknown =>
      rungAfter(seenAt(250, { ready: EACH }), {
        outlook: flat(350),
        policy: atSpeed({ ...FOUR, startMs: startMs / 60 }, 60),
      })[1];
    expect([0, 2, 3, 300].map((minutes) => foreseen(minutes * MINUTE))).toEqual([
      ...['tight ×2', 'tight ×2', 'hybrid', 'hybrid'],
    ]);
    const rise = rungAfter(seenAt(250, { ready: EACH }), { outlook: flat(310) });
    expect(rise).toEqual(['rise', 'tight ×2', expect.not.stringContaining('warm')]);
  });

  test('a rung is warm only when all of it is there, its bundles too', () => {
    for (const ready of [{}, { cart: 1 }, { cart: 1, payment: 1, shipping: 1 }, { ...EACH, cart: 0 }])
      expect(rungAfter(seenAt(310, { ready }))[1]).toBe('tight ×2');
    const unsaid = { ...EMPTY, instances: {} };
    for (const layout of [EMPTY, unsaid])
      expect(rungAfter(seenAt(310, { layout, ready: HALF }))[1]).toBe('hybrid');
    const two = { ...EMPTY, instances: { bundle: 2 } };
    const policy = measuredPolicy({ tight: 400, tight2: 800, hybrid: 300, loose: 1_000 });
    expect(rungAfter(seenAt(310, { layout: two, ready: EACH }), { policy })[0]).not.toBe('rise');
  });

  test('one that rests is passed over', () => {
    const state = failed(
      { rung: 'hybrid', epoch: 1, atMs: 99 * MINUTE },
      { state: INITIAL_STATE, policy: FOUR },
    );
    expect(rungAfter(seenAt(310, { ready: EACH }), { state })[1]).toBe('loose');
    expect(rungAfter(seenAt(310, { ready: HALF }), { state })[1]).toBe('tight ×2');
  });
});

test('T6: an overload goes where there is room for more of it', () => {
  const policy = measuredPolicy({ tight: 400, tight2: 100, hybrid: 600, loose: 900 });
  const modeAt = (rps: number): unknown => told(decide(seenAt(rps), flat(rps), policy, INITIAL_STATE));
  expect(modeAt(410)).toEqual(['overload', 'move', 'loose', 'emergency']);
  const ladder = measuredPolicy({ tight: 400, tight2: 700, hybrid: 100, loose: 2_000 });
  expect(rungAfter(seenAt(410), { policy: ladder })[1]).toBe('tight ×2');
  expect(rungAfter(seenAt(410), { policy: ladder, outlook: flat(900) })[1]).toBe('loose');
  expect(told(decide(seenAt(310), flat(310), policy, INITIAL_STATE))).toEqual([
    'rise',
    'move',
    'hybrid',
    'brain',
  ]);
});

test('T6: and to the highest rung that is warm, in words, but to no lower one than it needs', () => {
  expect(rungAfter(seenAt(410, { ready: EACH }))).toEqual([
    ...['overload', 'loose'],
    '410 requests/s now, 400 requests/s are borne; loose is as warm as hybrid',
  ]);
  expect(rungAfter(seenAt(410, { ready: HALF }))[1]).toBe('hybrid');
  expect(rungAfter(seenAt(450, { ready: HALF }))[1]).toBe('loose');
});

test('services of the highest rung are kept warm for what nobody foresees, but for a ladder of bundles', () => {
  const calm = (policy: Policy): unknown => told(decide(seenAt(50), flat(50), policy, INITIAL_STATE));
  const services = measuredPolicy({ tight: 400, tight2: 500, hybrid: 600, loose: 900 });
  expect(calm(services)).toEqual(['pre-warm', 'pre-warm', 'loose', '']);
  expect(calm({ ...services, insuredRung: null })).toBe('stay');
  expect(calm(measuredPolicy({ tight: 400, tight2: 700, hybrid: 600, loose: 650 }))).toBe('stay');
});

test('what only a further bundle would bear is not warmed, for that would accept at once', () => {
  const policy = measuredPolicy({ tight: 400, tight2: 700, hybrid: 600, loose: 650 });
  const outlook = { in5Rps: 100, in15Rps: 350, in60Rps: 350 };
  const { rule, rules } = decide(seenAt(100), outlook, policy, INITIAL_STATE);
  expect([rule, rules.find(({ name }) => name === 'pre-warm')?.because]).toEqual([
    'stay',
    expect.stringContaining('a further bundle cannot be kept warm'),
  ]);
});

test('T5: a shop in strain that is behind is overloaded, however much was measured, and goes where there is room', () => {
  const ladder = measuredPolicy({ tight: 400, tight2: 500, hybrid: 900, loose: 2_000 });
  const policy: Policy = { ...ladder, insuredRung: null };
  const cooling: DecisionState = { lowSinceMs: null, movedAtMs: 99 * MINUTE };
  const at = (seen: Partial<Observation>): unknown =>
    told(decide(seenAt(200, seen), flat(200), policy, cooling));
  expect(at({ strain: 0.8, borneRps: 140 })).toEqual(['overload', 'move', 'loose', 'emergency']);
  expect(at({ strain: 0.6, borneRps: 160 })).toEqual(['overload', 'move', 'hybrid', 'emergency']);
  expect(at({ strain: 0.8, borneRps: 0 })).toEqual(['overload', 'move', 'loose', 'emergency']);
  expect(at({ strain: 0.4, borneRps: 160 })).toEqual(at({}));
  expect(at({ strain: 0.8 })).toEqual(at({}));
  const top = layoutOf(policy.rungs.at(-1)!, on(0), []);
  expect(at({ strain: 0.8, borneRps: 160, layout: top })).toBe('stay');
});

describe('T7: a shape that a trial took back', () => {
  const policy = measuredPolicy({ tight: 400, tight2: 500, hybrid: 900, loose: 2_000 });
  const COOL = policy.coolDownMs;
  const taken = (rung: string, times: number, state: DecisionState = INITIAL_STATE): DecisionState =>
    Array.from({ length: times }, (_, i) => i).reduce(
      (before, epoch) => failed({ rung, epoch, atMs: 100 * MINUTE }, { state: before, policy }),
      state,
    );
  const after = (coolDowns: number, state: DecisionState, rps = 350): unknown =>
    told(decide(seenAt(rps, { atMs: 100 * MINUTE + coolDowns * COOL }), flat(rps), policy, state));
  const two = ['rise', 'move', 'tight', 'brain'];

  test('rests for two cool-downs, and twice as long each time it happens again', () => {
    expect(after(0, INITIAL_STATE)).toEqual(two);
    expect([after(1.9, taken('tight ×2', 1)), after(2, taken('tight ×2', 1))]).toEqual([
      ['rise', 'move', 'hybrid', 'brain'],
      two,
    ]);
    expect(after(7.9, taken('tight ×2', 3))).not.toEqual(two);
    expect(after(8, taken('tight ×2', 3))).toEqual(two);
  });

  test('counts once, whatever is seen of its revert, and is forgotten when it has long rested', () => {
    const once = taken('hybrid', 1);
    expect(failed({ rung: 'hybrid', epoch: 0, atMs: 101 * MINUTE }, { state: once, policy })).toBe(once);
    const late = failed({ rung: 'hybrid', epoch: 5, atMs: 100 * MINUTE + 4 * COOL }, { state: once, policy });
    expect(late.takenBack).toMatchObject([{ times: 1, epoch: 5 }]);
  });

  test('is passed over for the next higher, in words, and gone to in an overload only when no other is left', () => {
    const both = taken('loose', 1, taken('hybrid', 1));
    const decision = decide(seenAt(450), flat(450), { ...policy, insuredRung: null }, taken('hybrid', 1));
    expect(told(decision)).toEqual(['overload', 'move', 'loose', 'emergency']);
    const all = taken('tight ×2', 1, both);
    const later = (seconds: number): unknown =>
      rungAfter(seenAt(450, { atMs: 100 * MINUTE + seconds * 1_000 }), { policy, state: all })[1];
    expect([0, 44, 45, 89].map(later)).toEqual([undefined, undefined, 'hybrid', 'hybrid']);
    expect(rungAfter(seenAt(450), { policy, state: both })[1]).toBe('tight ×2');
    const calm = decide(seenAt(380), flat(380), policy, taken('hybrid', 1));
    expect(told(calm)).toEqual(['rise', 'move', 'loose', 'brain']);
    expect(calm.rules.find(({ name }) => name === 'rise')?.because).toContain(
      'hybrid was taken back by its trial and rests for 360 s',
    );
    expect(told(decide(seenAt(380), flat(380), policy, both))).toEqual(two);
  });
});

test('R4: what needs all that failed rests with it, and what was given up counts each time', () => {
  const policy = FOUR;
  expect(
    [['cart'], ['cart', 'catalog', 'payment'], [], ['shipping']].map((all) =>
      needing(all, { seen: seenAt(1), policy }),
    ),
  ).toEqual([['hybrid', 'loose'], ['loose'], [], ['loose']]);
  const gone = { rung: 'hybrid', epoch: null, atMs: 100 * MINUTE, also: ['loose'] };
  const back = failed({ rung: 'loose', epoch: 4, atMs: 99 * MINUTE }, { state: INITIAL_STATE, policy });
  const twice = failed(gone, { state: failed(gone, { state: back, policy }), policy });
  expect(twice.takenBack).toMatchObject([
    { rung: 'hybrid', times: 2, epoch: null, why: 'did not come into force' },
    { rung: 'loose', times: 3, epoch: 4, why: 'needs what hybrid failed with' },
  ]);
  const before = {
    ...INITIAL_STATE,
    takenBack: [{ rung: 'tight ×2', epoch: 1, times: 1, atMs: 100 * MINUTE }],
  };
  const words = decide(seenAt(310), flat(310), policy, before).rules.find(({ name }) => name === 'rise');
  expect(words?.because).toContain('tight ×2 failed and rests for 360 s');
});

test('R5: what failed because it did not start rests until it is warm', () => {
  const policy = FOUR;
  const cold = { rung: 'loose', epoch: null, atMs: 100 * MINUTE, also: ['hybrid'], late: true };
  const state = failed(cold, { state: INITIAL_STATE, policy });
  const at = (ready: Observation['ready']): unknown =>
    rungAfter(seenAt(310, { ready }), { policy, state })[1];
  expect([{}, HALF, EACH].map(at)).toEqual(['tight ×2', 'hybrid', 'hybrid']);
  const { state: after, rules } = decide(seenAt(450, { ready: EACH }), flat(450), policy, state);
  expect(after.takenBack).toEqual(state.takenBack);
  expect(rules.find(({ name }) => name === 'overload')?.because).not.toContain('rests');
  const words = decide(seenAt(450), flat(450), policy, state).rules.find(({ name }) => name === 'overload');
  expect(words?.because).toContain('loose did not start and rests for 360 s');
});

test('an emergency never goes down: a loose shop stays loose in a crash and in an anomaly', () => {
  const longLow: DecisionState = { lowSinceMs: 0, movedAtMs: null };
  for (const trouble of [{ crashed: ['cart'] }, { anomaly: 0.9 }])
    expect(told(decide(seenAt(10, { layout: on(2), ...trouble }), flat(10), PAPER, longLow))).toBe('stay');
});

test('T5: in strain the shop goes up, but for a cool-down, and never down however low the rate looks', () => {
  const strain = 0.8;
  const told3 = (seen: Observation, state = INITIAL_STATE) =>
    told(decide(seen, flat(seen.rps), PAPER, state));
  expect(told3(seenAt(500, { strain }))).toEqual(['strain', 'move', 'hybrid', 'brain']);
  expect(told3(seenAt(2_500, { strain: 0.7 }))).toEqual(['rise', 'move', 'hybrid', 'brain']);
  const soon = { in5Rps: 6_000, in15Rps: 6_000, in60Rps: 6_000 };
  expect(told(decide(seenAt(900, { strain }), soon, PAPER, INITIAL_STATE))).toEqual([
    ...['strain', 'move', 'loose', 'brain'],
  ]);
  expect(told3(seenAt(500, { strain }), { lowSinceMs: null, movedAtMs: 99 * MINUTE })).toBe('stay');
  const loose = seenAt(10, { strain, layout: on(2) });
  expect(told3(loose, { lowSinceMs: 0, movedAtMs: null })).toBe('stay');
  expect(decide(loose, flat(10), PAPER, { lowSinceMs: 0, movedAtMs: null }).state.lowSinceMs).toBeNull();
});

test('T3: down only after five quiet minutes, and only as far as the next quarter of an hour allows', () => {
  const low = (sinceMin: number): DecisionState => ({
    lowSinceMs: (100 - sinceMin) * MINUTE,
    movedAtMs: null,
  });
  const seen = seenAt(500, { layout: on(2) });
  expect(told(decide(seen, flat(500), PAPER, low(4.9)))).toBe('stay');
  expect(told(decide(seen, flat(500), PAPER, low(5)))).toEqual(['fall', 'move', 'tight', 'brain']);
  const soon = { in5Rps: 500, in15Rps: 2_000, in60Rps: 2_000 };
  expect(told(decide(seen, soon, PAPER, low(5)))).toEqual(['fall', 'move', 'hybrid', 'brain']);
  expect(told(decide(seen, { ...soon, in15Rps: 6_000 }, PAPER, low(5)))).toBe('stay');
  // 900 is below what hybrid is entered at, and above what it is left at: on tight it would soon be entered again.
  expect(told(decide(seen, { ...soon, in15Rps: 900 }, PAPER, low(5)))).toEqual([
    ...['fall', 'move', 'hybrid', 'brain'],
  ]);
});

test('the quiet time begins when the rate falls below, and anew after a peak or a move', () => {
  const seen = seenAt(3_000, { layout: on(2) });
  const first = decide(seen, flat(3_000), PAPER, INITIAL_STATE).state;
  expect(first.lowSinceMs).toBe(seen.atMs);
  const later = { ...seen, atMs: seen.atMs + MINUTE };
  expect(decide(later, flat(3_000), PAPER, first).state.lowSinceMs).toBe(seen.atMs);
  expect(decide({ ...later, rps: 4_500 }, flat(4_500), PAPER, first).state.lowSinceMs).toBeNull();
  expect(moved(later.atMs)).toEqual({ lowSinceMs: null, movedAtMs: later.atMs });
  expect(moved(1, { takenBack: [] })).toEqual({ lowSinceMs: null, movedAtMs: 1, takenBack: [] });
});

test('a decision to move is remembered as a move only once it was begun', () => {
  const { proposal, state } = decide(seenAt(2_000), flat(2_000), PAPER, INITIAL_STATE);
  expect([proposal.kind, state.movedAtMs]).toEqual(['move', null]);
});

test('the most stressed modules leave the bundle; never all, never none', () => {
  expect(stressed(STRESS, 0.5)).toEqual(['cart', 'catalog']);
  expect(stressed(STRESS, 0.3)).toEqual(['cart']);
  expect(stressed(STRESS, 1)).toEqual(['cart', 'catalog', 'payment']);
  for (const equal of [
    { b: 0, a: 0 },
    { a: 0, b: 0 },
    { c: 0, a: 0, b: 0 },
  ])
    expect(stressed(equal, 0.5)[0]).toBe('a');
  expect(stressed({ only: 1 }, 0.5)).toEqual([]);
});

test('a layout stands on the highest rung that it reaches', () => {
  const policy = measuredPolicy({ tight: 400, tight2: 700, hybrid: 720, loose: 800 });
  expect(policy.rungs.map(({ name }) => name)).toEqual(['tight', 'tight ×2', 'hybrid', 'loose']);
  policy.rungs.forEach((_, i) => expect(rungOf(on(i, policy), policy)).toBe(i));
  expect(rungOf({ ...EMPTY, instances: { bundle: 9 } }, policy)).toBe(1);
  expect(rungOf({ ...EMPTY, instances: {} }, policy)).toBe(0);
});

test('a shape that bears no more than a lighter one is no rung', () => {
  const policy = measuredPolicy({ tight: 400, tight2: 700, hybrid: 500, loose: 650 });
  expect(policy.rungs.map(({ name }) => name)).toEqual(['tight', 'tight ×2']);
  expect(policy.emergencyRung).toBe(1);
});

test('unsound policies are told', () => {
  expect([flawsOf(PAPER), flawsOf(measuredPolicy({ tight: 1, tight2: 2, hybrid: 3, loose: 4 }))]).toEqual([
    [],
    [],
  ]);
  const [first, second] = PAPER.rungs;
  if (!first || !second) throw new Error('the paper has three rungs');
  expect(flawsOf({ ...PAPER, rungs: [], holdMs: -1 })).toHaveLength(3);
  expect(flawsOf({ ...PAPER, insuredRung: 9, emergencyRoom: 0.5 })).toHaveLength(2);
  expect(flawsOf({ ...PAPER, rungs: [second, { ...first, leaveRps: 9 }], emergencyRung: 1 })).toHaveLength(3);
});

test('without a rung nothing can be decided', () => {
  expect(() => decide(seenAt(1), flat(1), { ...PAPER, rungs: [] }, INITIAL_STATE)).toThrow(
    'the ladder has no rung 0',
  );
});

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
  expect(rise?.flipsAt).toBeCloseTo(1_000, 0);
  expect(rise?.to).toBe('rise to rung 1');
  expect(flips.find(({ input }) => input === 'anomaly')?.flipsAt).toBeCloseTo(0.7, 3);
});

const rate = fc.double({ min: 0, max: 20_000, noNaN: true });
const policies = fc
  .array(fc.double({ min: 50, max: 9_000, noNaN: true }), { minLength: 4, maxLength: 4 })
  .map(([tight = 1, tight2 = 1, hybrid = 1, loose = 1]) => measuredPolicy({ tight, tight2, hybrid, loose }));
const situations = fc.record({
  policy: fc.oneof(fc.constant(PAPER), policies),
  rungDraw: fc.nat(100),
  rps: rate,
  outlook: fc.record({ in5Rps: rate, in15Rps: rate, in60Rps: rate }),
  anomaly: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  crashed: fc.oneof(fc.constant([]), fc.subarray(MODULES)),
  strain: fc.constantFrom(0, 0, 0.8),
  ready: fc.constantFrom({}, EACH, HALF),
  borneRps: fc.option(rate),
  state: fc.record({
    lowSinceMs: fc.option(fc.integer({ min: 0, max: 100 * MINUTE })),
    movedAtMs: fc.option(fc.integer({ min: 0, max: 100 * MINUTE })),
    takenBack: fc.array(
      fc.record({
        rung: fc.constantFrom('tight', 'tight ×2', 'hybrid', 'loose'),
        epoch: fc.nat(9),
        late: fc.boolean(),
        times: fc.integer({ min: 1, max: 9 }),
        atMs: fc.integer({ min: 0, max: 100 * MINUTE }),
      }),
      { maxLength: 3 },
    ),
  }),
});
type Drawn = typeof situations extends fc.Arbitrary<infer T> ? T : never;
const layoutIn = ({ policy, rungDraw }: Drawn): Layout => on(rungDraw % policy.rungs.length, policy);
const targetOf = ({ proposal }: Decision, at: number): number =>
  proposal.kind === 'move' ? proposal.rung : at;

test('T1: in a crash or an anomaly the shop is on the emergency rung at least, whatever else holds', () => {
  fc.assert(
    fc.property(situations, (drawn) => {
      const layout = layoutIn(drawn);
      const at = rungOf(layout, drawn.policy);
      const seen = seenAt(drawn.rps, { layout, anomaly: drawn.anomaly, crashed: drawn.crashed });
      const decision = decide(seen, drawn.outlook, drawn.policy, drawn.state);
      const trouble = drawn.crashed.length > 0 || (drawn.anomaly ?? 0) > drawn.policy.anomalyAbove;
      if (trouble)
        expect(targetOf(decision, at)).toBeGreaterThanOrEqual(Math.max(at, drawn.policy.emergencyRung));
    }),
  );
});

test('T4: more load never means a lighter shape', () => {
  fc.assert(
    fc.property(situations, fc.double({ min: 1, max: 5, noNaN: true }), (drawn, more) => {
      const layout = layoutIn(drawn);
      const at = rungOf(layout, drawn.policy);
      const { outlook, policy, state, anomaly, crashed, strain, borneRps, ready } = drawn;
      const same = { layout, anomaly, crashed, strain, borneRps, ready };
      const heavier = {
        in5Rps: outlook.in5Rps * more,
        in15Rps: outlook.in15Rps * more,
        in60Rps: outlook.in60Rps * more,
      };
      const less = decide(seenAt(drawn.rps, same), outlook, policy, state);
      const heavy = decide(seenAt(drawn.rps * more, same), heavier, policy, state);
      expect(targetOf(heavy, at)).toBeGreaterThanOrEqual(targetOf(less, at));
    }),
    { numRuns: 1_000 },
  );
});

test('T2: a load that swings at will makes one move per cool-down at the most, but for emergencies, whatever is refused', () => {
  const step = fc.record({ rps: rate, accepted: fc.boolean() });
  fc.assert(
    fc.property(policies, fc.array(step, { minLength: 50, maxLength: 200 }), (policy, load) => {
      let [layout, state, last] = [on(0, policy), INITIAL_STATE, Number.NEGATIVE_INFINITY];
      load.forEach(({ rps, accepted }, i) => {
        const seen = seenAt(rps, { atMs: i * 20_000, layout });
        const decision = decide(seen, flat(rps), policy, state);
        state = decision.state;
        const { proposal } = decision;
        if (proposal.kind !== 'move' || !accepted) return;
        if (proposal.source === 'brain') expect(seen.atMs - last).toBeGreaterThanOrEqual(policy.coolDownMs);
        last = seen.atMs;
        layout = proposal.to;
        state = moved(seen.atMs);
      });
    }),
  );
});

test('T9: the same inputs decide the same, and exactly one rule decides first', () => {
  fc.assert(
    fc.property(situations, (drawn) => {
      const seen = seenAt(drawn.rps, {
        layout: layoutIn(drawn),
        anomaly: drawn.anomaly,
        crashed: drawn.crashed,
        strain: drawn.strain,
        ready: drawn.ready,
      });
      const [one, two] = [0, 1].map(() => decide(seen, drawn.outlook, drawn.policy, drawn.state));
      expect(one).toEqual(two);
      expect(one?.rules.find(({ fired }) => fired)?.name).toBe(one?.rule);
    }),
  );
});
