/** The judgement of latency where nothing has room left. */
import { bucketOf, type CallCounts, type Durations, type Strain, type Tally } from '@atlas/control-layout';
import { describe, expect, it } from 'vitest';
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
  readonly strain?: Strain;
}
const tallyOf = ({ moved, strain = FULL }: Given, share = 1): Tally => ({
  ...{ epoch: 2, sinceMs: TRIAL_LEAST_MS * share, strain },
  operations: {
    'cart.getCart': {
      ...{ toppable: true, before: around(P95_MS, 400), pending: {} },
      now: scaled(moved, share),
    },
  },
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

const ROOM: Strain = { machine: 0.4, loop: 0.3 };

describe('where nothing has room left', () => {
  it('only calls are slow that are slower by far: what has just moved is not warm', () => {
    const moved = all(P95_MS * 3, 100);
    expect([isBreach({ moved }), isBreach({ moved, strain: ROOM })]).toEqual([false, true]);
    expect(isBreach({ moved, strain: { machine: 0.3, loop: 0.97 } })).toBe(false);
    expect(isBreach({ moved: all(P95_MS * 8, 100) })).toBe(true);
  });

  it('that holds to the end of the trial, since calls from then stay in the counts', () => {
    const given = { moved: all(P95_MS * 3, 100), strain: ROOM };
    const full = remembered([], [tallyOf({ ...given, strain: FULL }, 0.06)]);
    expect(breachOf({ tallies: [tallyOf(given)], earlier: looksAt(given, full) })).toBeUndefined();
  });
});

describe('where a host is starved: machine and event loop are full', () => {
  const slow = all(P95_MS * 12, 100);

  it('only calls are slow that are slower by very far', () => {
    expect(isBreach({ moved: slow })).toBe(true);
    expect(isBreach({ moved: slow, strain: STARVED })).toBe(false);
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
