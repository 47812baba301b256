import { expect, test } from 'vitest';
import { MinuteFold, type Round } from '../src/index.ts';

const MINUTE = 60_000;
const JUMP = { instance: 'brain', flaw: 'clock-jump' } as const;
const at = (ms: number, rps: number | undefined): Round => ({
  at: ms,
  covered: rps !== undefined,
  flaws: rps === undefined ? [{ instance: 'shop-0', flaw: 'missing' }] : [],
  looks:
    rps === undefined
      ? []
      : [
          {
            instance: 'shop-0',
            app: 'shop',
            rates: {
              cpu: 0.5,
              io: { received: rps },
              operations: {
                'cart.get': {
                  arrivals: 2 * rps,
                  requests: rps,
                  clientErrors: 0,
                  serverErrors: 1,
                  time: 0.1,
                  upTo: { '0.01': rps, '+Inf': rps },
                },
              },
            },
            work: { seconds: 1, cpuS: 0.1, calls: [] },
            gauges: {
              residentBytes: 2 ** 20,
              loopDelayS: rps / 1_000,
              waiting: { cart: rps },
              logLagS: { cart: rps },
            },
          },
        ],
});

test('a minute is the mean of its seconds, and is told by the first second of the next', () => {
  const fold = new MinuteFold(['cart']);
  for (let second = 0; second < 60; second += 1)
    expect(fold.add(at(MINUTE + second * 1_000, second < 30 ? 10 : 30))).toBeUndefined();
  expect(fold.add(at(2 * MINUTE, 5))).toMatchObject({
    at: MINUTE,
    covered: 1,
    flaws: [],
    answers: { arrivals: 40, rps: 20, serverErrors: 1, p50: 5 },
    modules: { cart: { rps: 20, poolQueue: 30, logLagS: 30, stress: 1 } },
    hosts: { 'shop-0': { cpu: 0.5, memoryMb: 1, loopDelayMs: 30, receivedBytes: 20, sentBytes: null } },
  });
});

test('seconds with a hole count for no mean, only for what was covered; their flaws are said once', () => {
  const fold = new MinuteFold(['cart']);
  for (let second = 0; second < 60; second += 1)
    fold.add(at(second * 1_000, second % 2 === 0 ? 10 : undefined));
  expect(fold.add(at(MINUTE, 1))).toMatchObject({
    covered: 0.5,
    answers: { rps: 10 },
    flaws: [{ instance: 'shop-0', flaw: 'missing' }],
  });
});

test('N1: a clock that went back adds to no minute until it has caught up, and that minute says why', () => {
  const fold = new MinuteFold(['cart']);
  fold.add(at(10 * MINUTE, 10));
  expect(fold.add({ ...at(9 * MINUTE, 1_000), flaws: [JUMP] })).toBeUndefined();
  expect(fold.add(at(10 * MINUTE + 1_000, 10))).toBeUndefined();
  expect(fold.add(at(11 * MINUTE, 1))).toMatchObject({
    ...{ at: 10 * MINUTE, answers: { rps: 10 } },
    flaws: [JUMP],
  });
});

test.each([60, 1])(
  'N1: after a clock was set back by a day minutes go on at once, and say so (%d rounds)',
  (rounds) => {
    const fold = new MinuteFold(['cart'], rounds);
    const day = 1_440 * MINUTE;
    const told = [
      at(2 * day, 10),
      { ...at(day, 20), flaws: [JUMP] },
      at(day + MINUTE, 30),
      at(day + 2 * MINUTE, 40),
    ].flatMap((round) => fold.add(round) ?? []);
    const expected = [
      { at: 2 * day, answers: { rps: 10 }, flaws: [] },
      { at: day, answers: { rps: 20 }, flaws: [JUMP] },
      { at: day + MINUTE, answers: { rps: 30 }, flaws: [] },
    ];
    expect(told.slice(0, 3)).toMatchObject(expected);
  },
);

test('a minute of one round is over with it, and a second one of the same minute counts for nothing', () => {
  const fold = new MinuteFold(['cart'], 1);
  expect(fold.add(at(MINUTE + 30_000, 10))).toMatchObject({ at: MINUTE, covered: 1, answers: { rps: 10 } });
  expect(fold.add(at(MINUTE + 59_000, 99))).toBeUndefined();
  expect(fold.add(at(2 * MINUTE + 30_000, undefined))).toMatchObject({ at: 2 * MINUTE, covered: 0 });
  expect(fold.add(at(3 * MINUTE + 30_000, 30))).toMatchObject({ covered: 1, answers: { rps: 30 } });
});

test('a minute of six rounds is covered by six', () => {
  const fold = new MinuteFold(['cart'], 6);
  for (let round = 0; round < 6; round += 1) fold.add(at(round * 10_000, round));
  expect(fold.add(at(MINUTE, 0))).toMatchObject({ at: 0, covered: 1, answers: { rps: 2.5 } });
});

test('after a jump forward the minutes between are left out', () => {
  const fold = new MinuteFold(['cart']);
  fold.add(at(0, 10));
  expect(fold.add(at(60 * MINUTE, 10))).toMatchObject({ at: 0 });
  expect(fold.add(at(61 * MINUTE, 10))).toMatchObject({ at: 60 * MINUTE });
});
