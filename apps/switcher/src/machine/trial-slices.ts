/**
 * How evenly the slow calls of a trial lie over its time. One stall makes many calls slow at once; they are one
 * misfortune, not as many as there are calls. Pure.
 *
 * D1  What is remembered of a trial is bounded, however long it lasts: its slices grow with it.
 * D2  Counts that begin anew (the store was away) have no earlier looks.
 * D3  What holds to the end of a trial is remembered to its end, whichever looks are.
 */
import type { OperationTally, Tally } from '@atlas/control-layout';
import { countAbove, totalOf } from './trial-counts.ts';
import { isStarved, isStrained } from './trial-strain.ts';
import { isSurge } from './trial-surge.ts';

/** Shortest slice, ms, and about how many a trial is cut into. */
const SLICE_LEAST_MS = 250;
const SLICES = 16;

/** D3. */
export interface Lasting {
  /** A machine, or an event loop, had no room left, and … */
  readonly strained: boolean;
  /** … a host was starved: its calls from then stay in the counts (J3 of `trial.ts`). */
  readonly starved: boolean;
  /** A surge has begun (J8 of `trial.ts`). */
  readonly surged: boolean;
}

/** The counts as they were at one time of the trial. */
export interface TrialLook extends Lasting {
  /** Since the trial began, by the clock of the host that counts longest, ms. */
  readonly sinceMs: number;
  readonly tallies: readonly Tally[];
}

const sinceOf = (tallies: readonly Tally[]): number => Math.max(0, ...tallies.map(({ sinceMs }) => sinceMs));

/** D3. What has come to hold by now. */
export function lastingOf(earlier: readonly TrialLook[], tallies: readonly Tally[]): Lasting {
  const last = earlier.at(-1);
  return {
    strained: last?.strained === true || isStrained(tallies),
    starved: last?.starved === true || isStarved(tallies),
    surged: last?.surged === true || isSurge(tallies, earlier),
  };
}

/** What is remembered for the looks to come. @param tallies what was seen just now; none when nothing is on trial. */
export function remembered(earlier: readonly TrialLook[], tallies: readonly Tally[]): readonly TrialLook[] {
  if (tallies.length === 0) return [];
  const last = earlier.at(-1);
  const isOther = last?.tallies[0]?.epoch !== tallies[0]?.epoch;
  const lasting = lastingOf(isOther ? [] : earlier, tallies);
  const look = { sinceMs: sinceOf(tallies), tallies, ...lasting };
  if (last === undefined || isOther || look.sinceMs < last.sinceMs) return [look]; // D2
  if (look.sinceMs - last.sinceMs < Math.max(SLICE_LEAST_MS, look.sinceMs / SLICES)) {
    return [...earlier.slice(0, -1), { ...last, ...lasting }]; // D3
  }
  const all = [...earlier, look];
  return all.length > SLICES * 2
    ? all.filter((_, index) => index % 2 === 0 || index === all.length - 1)
    : all; // D1
}

/** Calls of an operation, and how many of them were slow. */
export interface Share {
  readonly calls: number;
  readonly slow: number;
}

/** Calls above a bucket and all calls. One that has not ended counts once it is above; a late one is slower than all. */
export function shareAbove({ now, pending }: Pick<OperationTally, 'now' | 'pending'>, bucket: number): Share {
  const waiting = countAbove(pending, bucket);
  return {
    calls: totalOf(now.durations) + now.late + waiting,
    slow: countAbove(now.durations, bucket) + now.late + waiting,
  };
}

/** What had ended at an earlier look, on all hosts together. */
function endedBy({ tallies }: TrialLook, { name, bucket }: Slow): Share {
  const sum = { calls: 0, slow: 0 };
  for (const { operations } of tallies) {
    const tally = operations[name];
    if (!tally) continue;
    const { calls, slow } = shareAbove({ now: tally.now, pending: {} }, bucket);
    sum.calls += calls;
    sum.slow += slow;
  }
  return sum;
}

/** Slice by slice. What is pending now belongs to the last one. A host that counts anew takes nothing away. */
function slicesOf(looks: readonly TrialLook[], last: OperationTally, slow: Slow): Share[] {
  const sums = [...looks.map((look) => endedBy(look, slow)), shareAbove(last, slow.bucket)];
  return sums.map((sum, index) => {
    const before = sums[index - 1];
    const more = { calls: sum.calls - (before?.calls ?? 0), slow: sum.slow - (before?.slow ?? 0) };
    return more.calls < 0 || more.slow < 0 ? { calls: 0, slow: 0 } : more;
  });
}

export interface Slow {
  /** `module.operation`. */
  readonly name: string;
  /** Calls above it are slow. */
  readonly bucket: number;
}

/**
 * How many times as much the slow calls vary from slice to slice as independent ones would: Pearson's X² over its degrees
 * of freedom, 1 at least (quasi-binomial dispersion; McCullagh and Nelder, Generalized Linear Models, 2nd ed., §4.5).
 * Counts divided by it are worth as much as independent ones.
 */
export function dispersionOf(looks: readonly TrialLook[], last: OperationTally, slow: Slow): number {
  const slices = slicesOf(looks, last, slow).filter(({ calls }) => calls > 0);
  const all = shareAbove(last, slow.bucket);
  const share = all.slow / all.calls;
  if (slices.length < 2 || !(share > 0 && share < 1)) return 1;
  const squares = slices.map((slice) => (slice.slow - slice.calls * share) ** 2 / slice.calls);
  const sum = squares.reduce((total, square) => total + square, 0) / (share * (1 - share));
  return Math.max(1, sum / (slices.length - 1));
}
