import { describe, expect, test } from 'vitest';
import { decide, INITIAL_STATE, measuredPolicy, atSpeed, failed, type Policy } from '../src/index.ts';
import { EACH, EMPTY, flat, FOUR, HALF, MINUTE, rungAfter, seenAt, told } from './scene.ts';

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

test('T6: and to the highest rung that is warm, in words; to a lower one than it needs if no other is', () => {
  expect(rungAfter(seenAt(410, { ready: EACH }))).toEqual([
    ...['overload', 'loose'],
    '410 requests/s now, 400 requests/s are borne; loose is as warm as hybrid',
  ]);
  expect(rungAfter(seenAt(410, { ready: HALF }))[1]).toBe('hybrid');
  expect(rungAfter(seenAt(450, { ready: HALF }))).toEqual([
    ...['overload', 'hybrid'],
    expect.stringContaining('; loose would have to start first, hybrid is warm'),
  ]);
  expect(rungAfter(seenAt(450))[1]).toBe('loose');
  expect(rungAfter(seenAt(450, { ready: { bundle: 2 } }))[1]).toBe('tight ×2');
});

test('the first rung that bears twice what the lightest does, or nearly what the highest does, is kept warm for what nobody foresees', () => {
  const calm = (policy: Policy): unknown => told(decide(seenAt(50), flat(50), policy, INITIAL_STATE));
  const insured = (tight2: number, hybrid: number, loose: number): unknown =>
    calm(measuredPolicy({ tight: 400, tight2, hybrid, loose }));
  expect(insured(800, 850, 900)).toEqual(['pre-warm', 'pre-warm', 'tight', '']);
  expect(insured(799, 850, 900)).toEqual(['pre-warm', 'pre-warm', 'hybrid', '']);
  expect(insured(500, 600, 700)).toEqual(['pre-warm', 'pre-warm', 'loose', '']);
  expect(insured(630, 650, 700)).toEqual(['pre-warm', 'pre-warm', 'tight', '']);
  expect(insured(629, 650, 700)).toEqual(['pre-warm', 'pre-warm', 'hybrid', '']);
  expect(insured(700, 600, 650)).toEqual(['pre-warm', 'pre-warm', 'tight', '']);
  expect(insured(300, 200, 100)).toBe('stay');
  expect(insured(430, 435, 440)).toBe('stay');
  expect(calm({ ...FOUR, insuredRung: null })).toBe('stay');
});

test('what is foreseen is warmed above that, a further bundle as services are', () => {
  const policy = measuredPolicy({ tight: 400, tight2: 700, hybrid: 600, loose: 900 });
  const warmed = (in15Rps: number): unknown => {
    const outlook = { in5Rps: 100, in15Rps, in60Rps: 350 };
    const { proposal } = decide(seenAt(100), outlook, { ...policy, insuredRung: null }, INITIAL_STATE);
    return proposal.kind === 'pre-warm' && proposal.to.instances;
  };
  expect(warmed(350)).toEqual({ bundle: 2 });
  expect(warmed(600)).toMatchObject({ bundle: 2, cart: 1, catalog: 1 }); // T10
  expect(warmed(250)).toBe(false);
});
