/** How unevenly the slow calls of a trial lie over its time. */
import { bucketOf, type OperationTally, type Tally } from '@atlas/control-layout';
import { describe, expect, it } from 'vitest';
import { dispersionOf, remembered, shareAbove, type TrialLook } from '../src/machine/trial-slices.ts';

const [FAST, SLOW] = [bucketOf(2), bucketOf(300)];
const LIMIT = { name: 'cart.read', bucket: bucketOf(50) };

interface Sums {
  readonly fast: number;
  readonly slow: number;
  readonly late?: number;
}
const operation = ({ fast, slow, late = 0 }: Sums): OperationTally => ({
  ...{ toppable: true, pending: {} },
  before: { calls: 0, errors: 0, late: 0, durations: {} },
  now: { calls: fast + slow + late, errors: 0, late, durations: { [FAST]: fast, [SLOW]: slow } },
});
const tallyAt = (sinceMs: number, sums: Sums): Tally => ({
  ...{ epoch: 2, sinceMs, strain: { machine: 0.3, loop: 0.2 } },
  operations: { 'cart.read': operation(sums) },
});
/** Looks a second apart. */
const looksAt = (...sums: readonly Sums[]): readonly TrialLook[] =>
  sums.reduce<readonly TrialLook[]>(
    (looks, one, index) => remembered(looks, [tallyAt((index + 1) * 1_000, one)]),
    [],
  );
const dispersion = (last: Sums, ...before: readonly Sums[]) =>
  dispersionOf(looksAt(...before), operation(last), LIMIT);

describe('calls above a threshold', () => {
  it('are those that took longer, that came too late, and that wait for longer already', () => {
    const pending = { [FAST]: 5, [SLOW]: 4 };
    expect(shareAbove({ ...operation({ fast: 90, slow: 3, late: 2 }), pending }, LIMIT.bucket)).toEqual({
      calls: 99,
      slow: 9,
    });
  });
});

describe('the dispersion of slow calls', () => {
  const even = [
    { fast: 90, slow: 10 },
    { fast: 180, slow: 20 },
    { fast: 270, slow: 30 },
  ] as const;

  it('is 1 where they lie evenly, and what Pearson’s X² says where one slice has them all', () => {
    expect(dispersion({ fast: 360, slow: 40 }, ...even)).toBe(1);
    // Of four slices of 100 calls one has 40 slow ones: X² = (3 · 10² + 30²) / (100 · 0.1 · 0.9) = 133.3, of 3 degrees.
    const stall = [1, 2, 3].map((slice) => ({ fast: slice * 100, slow: 0 }));
    expect(dispersion({ fast: 360, slow: 40 }, ...stall)).toBeCloseTo(44.44, 2);
  });

  it('is 1 where nothing can vary: all calls of one slice, or all of them slow, or none', () => {
    const nothing = { fast: 0, slow: 0 };
    expect(dispersion({ fast: 60, slow: 40 }, nothing, nothing)).toBe(1);
    expect(dispersion({ fast: 0, slow: 40 }, { fast: 0, slow: 10 }, { fast: 0, slow: 30 })).toBe(1);
    expect(dispersion({ fast: 40, slow: 0 }, { fast: 10, slow: 0 }, { fast: 30, slow: 0 })).toBe(1);
  });

  it('takes nothing away where a host counts anew', () => {
    const [before, anew] = [even[1], { fast: 9, slow: 1 }];
    const looks = looksAt(before);
    const reset = [...looks, { ...(looks[0] as TrialLook), tallies: [tallyAt(2_000, anew)] }];
    // 200 calls, fewer than none, then 190 more: each with a tenth of slow ones.
    expect(dispersionOf(reset, operation({ fast: 180, slow: 20 }), LIMIT)).toBe(1);
  });
});
