/** The judgement of latency where nothing has room left: calls of modules that did not move as a control. */
import { bucketOf, type CallCounts, type Durations, type Strain, type Tally } from '@atlas/control-layout';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflationOf } from '../src/machine/trial-control.ts';
import { remembered, type TrialLook } from '../src/machine/trial-slices.ts';
import { breachOf, TRIAL_LEAST_MS, type Seen } from '../src/machine/trial.ts';

const FULL: Strain = { machine: 0.97, loop: 0.3 };
const STARVED: Strain = { machine: 1, loop: 0.98 };
const P95_MS = 40;
const LOOKS = 8;

const counts = (durations: Durations): CallCounts => {
  const calls = Object.values(durations).reduce((sum, count) => sum + count, 0);
  return { calls, errors: 0, late: 0, durations };
};
const scaled = ({ calls, errors, late, durations }: CallCounts, share: number): CallCounts => ({
  calls: Math.floor(calls * share),
  errors,
  late: Math.floor(late * share),
  durations: Object.fromEntries(Object.entries(durations).map(([at, n]) => [at, Math.floor(n * share)])),
});
/** Most calls are fast, one in ten takes `slowMs`: that is their p95. */
const around = (slowMs: number, calls: number): CallCounts => {
  const slow = Math.round(calls / 10);
  return counts({ [bucketOf(1)]: calls - slow, [bucketOf(slowMs)]: slow });
};
const all = (ms: number, calls: number): CallCounts => counts({ [bucketOf(ms)]: calls });

interface Given {
  readonly moved: CallCounts;
  /** What unmoved calls take as a multiple of what they took; absent: there are none. */
  readonly inflation?: number;
  readonly strain?: Strain;
  readonly unmovedCalls?: number;
  /** Former p95 of unmoved calls. */
  readonly unmovedMs?: number;
}
const tallyOf = (
  { moved, inflation, strain = FULL, unmovedCalls = 60, unmovedMs = 10 }: Given,
  share = 1,
): Tally => ({
  ...{ epoch: 2, sinceMs: TRIAL_LEAST_MS * share, strain },
  operations: {
    'cart.getCart': {
      ...{ toppable: true, before: around(P95_MS, 400), pending: {} },
      now: scaled(moved, share),
    },
  },
  ...(inflation === undefined
    ? {}
    : {
        unmoved: {
          'catalog.getProduct': {
            before: around(unmovedMs, 400),
            now: around(unmovedMs * inflation, unmovedCalls),
          },
        },
      }),
});
/** Evenly over the trial, after others. */
const looksAt = (given: Given, before: readonly TrialLook[]): readonly TrialLook[] =>
  Array.from({ length: LOOKS }, (_, look) => (look + 1) / (LOOKS + 1)).reduce(
    (looks, share) => remembered(looks, [tallyOf(given, share)]),
    before,
  );
const seen = (given: Given): Seen => ({
  tallies: [tallyOf(given)],
  earlier: looksAt(given, []),
});
const isBreach = (given: Given): boolean => breachOf(seen(given)) !== undefined;

describe('unmoved calls', () => {
  it('tell how much slower everything got, each operation by its own past', () => {
    const inflation = inflationOf([
      tallyOf({ moved: all(1, 10), inflation: 2 }),
      tallyOf({ moved: all(1, 10), inflation: 2 }),
    ]);
    expect(inflation).toBeCloseTo(2, 5);
  });

  it('tell nothing when there are few, or none', () => {
    expect(inflationOf([tallyOf({ moved: all(1, 10), inflation: 3, unmovedCalls: 19 })])).toBeUndefined();
    expect(inflationOf([tallyOf({ moved: all(1, 10) })])).toBeUndefined();
  });

  it('tell nothing when they were slow before', () => {
    expect(inflationOf([tallyOf({ moved: all(1, 10), inflation: 1, unmovedMs: 600 })])).toBeUndefined();
  });
});

describe('where nothing has room left', () => {
  it('a service is found that is slower by less than four times, when unmoved calls are as fast as before', () => {
    expect(isBreach({ moved: all(P95_MS * 5, 100), inflation: 1 })).toBe(true);
    expect(isBreach({ moved: all(P95_MS * 5, 100), inflation: 0.2 })).toBe(true);
    expect(isBreach({ moved: all(P95_MS * 5, 100) })).toBe(false);
  });

  it('nothing is taken back that is twice as slow, whatever unmoved calls say: these are warm, what has moved is not', () => {
    expect(isBreach({ moved: all(P95_MS * 2.5, 100), inflation: 0.5 })).toBe(false);
  });

  it('nothing is taken back that got slower as everything did', () => {
    const times = fc.double({ min: 1, max: 5, noNaN: true });
    fc.assert(
      fc.property(times, fc.integer({ min: 20, max: 300 }), (by, calls) => {
        expect(isBreach({ moved: all(P95_MS * by, calls), inflation: by })).toBe(false);
      }),
    );
  });

  it('slower unmoved calls never make a breach', () => {
    const inflation = fc.double({ min: 0.2, max: 8, noNaN: true });
    const times = fc.double({ min: 1, max: 10, noNaN: true });
    fc.assert(
      fc.property(inflation, inflation, times, (one, other, by) => {
        const moved = all(P95_MS * by, 100);
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        if (!isBreach({ moved, inflation: less })) expect(isBreach({ moved, inflation: more })).toBe(false);
      }),
    );
  });

  it('unmoved calls say nothing to a judge who has room: a service that is too slow is found', () => {
    const strain = { machine: 0.4, loop: 0.3 };
    expect(isBreach({ moved: all(P95_MS * 3, 100), inflation: 4, strain })).toBe(true);
  });
});

describe('where a host is starved: machine and event loop are full', () => {
  const slow = all(P95_MS * 12, 100);

  it('only calls are slow that are slower by very far, whatever unmoved calls say', () => {
    expect(isBreach({ moved: slow })).toBe(true);
    expect(isBreach({ moved: slow, strain: STARVED, inflation: 1 })).toBe(false);
    expect(isBreach({ moved: all(P95_MS * 40, 100), strain: STARVED })).toBe(true);
  });

  it('that holds to the end of the trial, since calls from then stay in the counts', () => {
    const { tallies } = seen({ moved: slow });
    const starved = remembered([], [tallyOf({ moved: slow, strain: STARVED }, 0.06)]);
    expect(breachOf({ tallies, earlier: looksAt({ moved: slow }, starved) })).toBeUndefined();
    const room = { moved: slow, strain: { machine: 0.5, loop: 0.3 } };
    expect(isBreach(room)).toBe(true);
    expect(breachOf({ tallies: [tallyOf(room)], earlier: looksAt(room, starved) })).toBeUndefined();
    const late = { ...room, moved: { ...all(P95_MS, 30), calls: 40, late: 10 } };
    expect(isBreach(late)).toBe(true);
    expect(breachOf({ tallies: [tallyOf(late)], earlier: looksAt(late, starved) })).toBeUndefined();
  });

  it('an emergency finds a service that hangs once there is room again, not before', () => {
    const starved = remembered([], [tallyOf({ moved: slow, strain: STARVED }, 0.06)]);
    const judged = (late: number, strain = { machine: 0.5, loop: 0.3 }) => {
      const moved = { ...all(P95_MS, 40 - late), calls: 40, late };
      return breachOf({ tallies: [tallyOf({ moved, strain })], earlier: starved, emergency: true });
    };
    expect(judged(30)).toMatchObject({ cause: 'errors', seen: 30 });
    expect(judged(10)).toBeUndefined();
    expect(judged(30, STARVED)).toBeUndefined();
  });

  it('calls that ran out of time are slow all the same', () => {
    const moved = { ...all(P95_MS, 30), calls: 70, late: 40 };
    expect(breachOf(seen({ moved, strain: STARVED }))).toMatchObject({ cause: 'latency', seen: 40 });
  });
});
