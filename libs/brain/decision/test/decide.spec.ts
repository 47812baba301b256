import { expect, test } from 'vitest';
import {
  decide,
  INITIAL_STATE,
  layoutOf,
  measuredPolicy,
  moved,
  PAPER,
  type DecisionState,
  type Observation,
  type Policy,
} from '../src/index.ts';
import { flat, FOUR, MINUTE, on, seenAt, told } from './scene.ts';

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

test('the words of a rule tell what it looked at, and what held it back', () => {
  const words = (rule: string, seen: Observation, outlook = flat(seen.rps), state = INITIAL_STATE): unknown =>
    decide(seen, outlook, FOUR, state).rules.find(({ name }) => name === rule)?.because;
  const falling = { in5Rps: 290, in15Rps: 200, in60Rps: 100 };
  expect(words('pre-warm', seenAt(100), falling)).toBe(
    'at most 290 requests/s within 15 minutes; tight ×2 is entered at 300 requests/s; loose is to be kept warm for what nobody foresees',
  );
  expect(words('pre-warm', seenAt(100, { layout: on(3, FOUR) }))).not.toContain('warm');
  const cooling: DecisionState = { lowSinceMs: 0, movedAtMs: 99 * MINUTE };
  const hybrid = seenAt(100, { layout: on(2, FOUR) });
  for (const rule of ['strain', 'rise', 'fall'])
    expect(words(rule, hybrid, flat(100), cooling)).toContain('; cooling down');
  expect(words('fall', { ...hybrid, crashed: ['cart'] })).toContain('; not in a crash');
  expect(words('fall', seenAt(100))).toBe('this is the lightest rung');
});

test('a decision to move is remembered as a move only once it was begun', () => {
  const { proposal, state } = decide(seenAt(2_000), flat(2_000), PAPER, INITIAL_STATE);
  expect([proposal.kind, state.movedAtMs]).toEqual(['move', null]);
});
