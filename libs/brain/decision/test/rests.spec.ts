import { describe, expect, test } from 'vitest';
import {
  decide,
  INITIAL_STATE,
  measuredPolicy,
  needing,
  failed,
  type DecisionState,
  type Observation,
} from '../src/index.ts';
import { EACH, flat, FOUR, HALF, MINUTE, rungAfter, seenAt, told } from './scene.ts';

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
