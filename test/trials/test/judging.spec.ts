import { bucketOf, edgeOf, type Durations, type OperationTally, type Tally } from '@atlas/control-layout';
import { describe, expect, test } from 'vitest';
import { isPlatformError } from '../src/audit-tail.ts';
import { twentySlowAt } from '../src/detection.ts';
import { judgeAgain, judgeCrossed, judgeSlowed, judgeSurged } from '../src/judge-again.ts';
import { parseTrials } from '../src/options.ts';
import type { Look, Recording } from '../src/recording.ts';
import { slowedLooks, SLOWER_MS } from '../src/slowed.ts';
import { SURGE_TIMES, surgedLooks } from '../src/surged.ts';

const at = (ms: number, calls: number): Durations => ({ [bucketOf(ms)]: calls });
const counts = (calls: number, ms: number) => ({ calls, errors: 0, late: 0, durations: at(ms, calls) });
const look = (when: number, given: Partial<OperationTally>): Look => ({
  at: when,
  tallies: [
    {
      ...{ epoch: 2, sinceMs: when, strain: { machine: 0.3, loop: 0.2 } },
      operations: {
        'cart.getCart': {
          ...{ toppable: true, before: counts(400, 2), now: counts(60, 2), pending: {} },
          ...given,
        },
      },
    } satisfies Tally,
  ],
});
const recording = (looks: readonly Look[], fault: string | null = null): Recording => ({
  ...{ id: 'a', from: null, to: {}, fault, verdict: 'passed', detail: null, looks },
  ...{ outcome: 'committed', endedAt: 0, prepareMs: 1_000, detection: null },
});

describe('recorded trials judged again', () => {
  const good = recording([look(0, {})]);
  const slower = recording(
    [1, 2, 3, 4, 5].map((n) => look(n * 300, { before: counts(400, 200), now: counts(n * 12, 200) })),
  );

  test('are taken back where the judge of today would, and only good ones count', async () => {
    const broken = recording([look(0, {}), look(1, { now: { ...counts(40, 2), errors: 30 } })]);
    expect(await judgeAgain([good, broken, recording(broken.looks, 'errors')])).toMatchObject({
      trials: 2,
      reverts: 1,
    });
  });

  test('are made slower where a module became a service, and only there', async () => {
    const looks = [1, 2, 3, 4, 5].map((n) => look(n * 300, { now: counts(n * 12, 2) }));
    const moved = (to: 'service' | 'bundle'): Recording => ({ ...recording(looks), to: { cart: to } });
    const slow = slowedLooks(moved('service'))?.at(-1)?.tallies[0]?.operations['cart.getCart'];
    expect(slow?.now.durations).toEqual(at(2 + SLOWER_MS, 60));
    expect(slow?.before).toEqual(counts(400, 2));
    expect(await judgeSlowed([moved('service'), moved('bundle'), recording(looks, 'slow')])).toEqual({
      ...{ trials: 1, reverts: 1, inTime: 1 },
    });
  });

  test('are met by a surge in their middle: more roots and calls from then on, and longer ones, is no fault', async () => {
    const looks = Array.from({ length: 40 }, (_, n) => {
      const { at, tallies } = look(n * 100, { before: counts(400, 20), now: counts(n * 5, 20) });
      return { at, tallies: tallies.map((tally) => ({ ...tally, roots: { nonce: 'a', count: n * 10 } })) };
    });
    const [middle, last] = [20, 39].map((n) => surgedLooks({ looks })[n]?.tallies[0]);
    expect(middle).toEqual(looks[20]?.tallies[0]);
    expect(last?.roots?.count).toBe(200 + 190 * SURGE_TIMES);
    expect(last?.operations['cart.getCart']?.now).toMatchObject({
      calls: 100 + 95 * SURGE_TIMES,
      durations: { ...at(20, 100), [bucketOf(edgeOf(bucketOf(20)) * SURGE_TIMES)]: 95 * SURGE_TIMES },
    });
    expect(await judgeSurged([recording(looks), recording(looks, 'slow')])).toEqual({
      ...{ trials: 1, reverts: 0, revertsWithoutRoots: 1 },
    });
  });

  test('are crossed: the past of one with the present of another', async () => {
    expect(await judgeAgain([good, slower])).toMatchObject({ reverts: 0 });
    const crossed = await judgeCrossed([good, slower], 100, 1);
    expect(crossed.trials).toBe(100);
    expect(crossed.reverts).toBeGreaterThan(0);
    expect(crossed.reverts).toBeLessThan(100);
  });
});

describe('the proof that a service is bad', () => {
  test('is 20 calls above the former p95 more than 5 % of them', () => {
    expect(twentySlowAt([look(1, { now: counts(21, 50) })])).toBeUndefined();
    expect(twentySlowAt([look(1, {}), look(7, { now: counts(22, 50) })])).toBe(7);
    expect(twentySlowAt([look(1, { before: counts(0, 2), now: counts(90, 50) })])).toBeUndefined();
  });

  test('is no business error, nor what the caller called off', () => {
    const errors = ['internal', 'card_declined', 'cancelled', 'ok', 'unavailable'];
    expect(errors.filter((outcome) => isPlatformError({ outcome }))).toEqual(['internal', 'unavailable']);
  });
});

test('a wrong option is one line and exit code 2', () => {
  expect(parseTrials(['--switches', 'many'], '/')).toMatchObject({ kind: 'exit', code: 2 });
  expect(parseTrials(['--what'], '/')).toMatchObject({ kind: 'exit', code: 2 });
  expect(parseTrials(['--saturated', '--report', 'a.json', '--resume'], '/tmp')).toMatchObject({
    kind: 'run',
    options: { saturated: true, report: '/tmp/a.json', switches: 500, resume: true, note: null },
  });
});
