/**
 * Whether a surge has begun since a trial has (J8 of `trial.ts`): roots come more than twice as often as earlier in it. Pure.
 *
 * R1  A root counts when it is admitted, whatever becomes of it: a service that is slow makes no more of them, so it cannot
 *     excuse itself. Nor can one that holds up its host: what a host tells just after a stop, while what came meanwhile is
 *     still to be admitted, is no earlier look.
 * R2  Each host is compared with itself, by its own clock; then all are added up. So neither the first words of a second
 *     bundle are a surge, nor is its taking a share of what the first one served.
 * R3  What came since an earlier look is compared with all that had come by then. Less than half a second of either tells
 *     nothing (what a short stop held up comes at once), nor do fewer than twenty roots before.
 * R4  Both are counts of what comes by chance, so they differ by chance, too: by two standard deviations now and then, by
 *     four hardly ever, also where roots come in threes.
 */
import type { Tally } from '@atlas/control-layout';

/** More often than before by this much. */
const TIMES = 2;
/** R3. */
const AT_LEAST_MS = 500;
const BEFORE_AT_LEAST = 20;
/** R4. Standard deviations. */
const POSSIBLE = 2;
const CERTAIN = 4;

interface Growth {
  /** Roots until the earlier look, and since. */
  readonly before: number;
  readonly since: number;
  /** How many there may be since. */
  readonly allowed: number;
  /** Of what they differ by: both are Poisson. */
  readonly variance: number;
}

/** Of one host; undefined where nothing can be told (R2, R3). */
function growthOf(now: Tally, then: readonly Tally[]): Growth | undefined {
  const was = then.find(({ roots }) => roots !== undefined && roots.nonce === now.roots?.nonce);
  if (now.roots === undefined || was?.roots === undefined || was.roots.late === true) return undefined;
  const sinceMs = now.sinceMs - was.sinceMs;
  if (was.sinceMs < AT_LEAST_MS || sinceMs < AT_LEAST_MS) return undefined;
  const before = was.roots.count;
  const since = now.roots.count - before;
  const ratio = (TIMES * sinceMs) / was.sinceMs;
  return { before, since, allowed: before * ratio, variance: since + before * ratio ** 2 };
}

function hasGrown(now: readonly Tally[], then: readonly Tally[], deviations: number): boolean {
  const hosts = now.flatMap((tally) => growthOf(tally, then) ?? []);
  const sum = (what: keyof Growth): number => hosts.reduce((total, host) => total + host[what], 0);
  if (sum('before') < BEFORE_AT_LEAST) return false;
  return sum('since') - sum('allowed') > deviations * Math.sqrt(sum('variance'));
}

/** Looks of the same trial. */
type Earlier = readonly { readonly tallies: readonly Tally[] }[];

export const isSurge = (now: readonly Tally[], earlier: Earlier): boolean =>
  earlier.some(({ tallies }) => hasGrown(now, tallies, CERTAIN));

/** The looks to come will tell whether it is one. */
export const maySurge = (now: readonly Tally[], earlier: Earlier): boolean =>
  earlier.some(({ tallies }) => hasGrown(now, tallies, POSSIBLE));
