/**
 * How much each advisor is trusted: exponential weights with fixed share (M. Herbster and M. Warmuth, Tracking the Best
 * Expert, Machine Learning 32, 1998), by what came of its advice.
 *
 * W1  Trust is positive and sums to 1.
 * W2  Who was silent is neither praised nor blamed: its share stays as it was.
 */
import { objective, predict, type Intent, type Situation } from '@atlas/brain-optimiser';
import { sameLayout, type Layout } from '@atlas/control-layout';

export const TABLE = 'table';

/** Advisor → trust. */
export type Trust = Readonly<Record<string, number>>;

/** How fast trust moves with loss. */
const RATE = 0.2;
/** Share of trust that is dealt out anew each time, as at first. */
const SHARE = 0.01;
/** The table starts with as much trust as two others together. */
const TABLE_PRIOR = 2;

/** Before anything was learned. */
export function firstTrust(advisors: readonly string[]): Trust {
  const sum = TABLE_PRIOR + advisors.length;
  return {
    [TABLE]: TABLE_PRIOR / sum,
    ...Object.fromEntries(advisors.map((name) => [name, 1 / sum] as const)),
  };
}

/** What came of the layout that was in force. */
export interface Lived {
  readonly layout: Layout;
  /** Middle of the seconds that it was looked at: requests per second, and p99, ms. */
  readonly rps: number;
  readonly p99Ms: number;
  /** The highest load meanwhile. */
  readonly peakRps: number;
}

/** How an advice was judged. */
export interface Judgement {
  /** p99 of the layout in force: as the model says, and as measured. */
  readonly predictedMs: number;
  readonly measuredMs: number;
  /** The smaller over the larger of the two, 0–1: how far the model's word about other layouts counts. */
  readonly reliability: number;
  /** Advisor → 0 for the best, up to 1. */
  readonly losses: Readonly<Record<string, number>>;
}

/**
 * Judges advice by what came: the layout in force by its measured latency, others by the model.
 *
 * W3  A model's word earns no trust: a layout that was not tried counts for no better than the one in force.
 * W4  The more the model erred about the layout in force, the less its word about others moves.
 */
export function judge(
  advised: ReadonlyMap<string, Layout>,
  lived: Lived,
  { costs, site, intent }: Omit<Situation, 'rps'> & { readonly intent: Intent },
): Judgement {
  const at = (rps: number): Situation => ({ costs, site, rps });
  const predictedMs = predict(lived.layout, at(lived.rps)).p99Ms;
  const measuredMs = lived.p99Ms;
  const ratio = Math.min(predictedMs, measuredMs) / Math.max(predictedMs, measuredMs);
  const reliability = Number.isFinite(ratio) ? ratio : 0;
  const price = (to: Layout, p99Ms?: number): number => {
    const prediction = predict(to, at(lived.peakRps));
    return objective(p99Ms === undefined ? prediction : { ...prediction, p99Ms }, intent);
  };
  const own = price(lived.layout, measuredMs);
  const losses = [...advised].map(([name, to]) => {
    const cost = sameLayout(to, lived.layout) ? own : price(to);
    return [name, cost > own ? reliability * (1 - own / cost) : 0] as const; // W3, W4
  });
  return { predictedMs, measuredMs, reliability, losses: Object.fromEntries(losses) };
}

/** Trust after an outcome. @param losses 0–1 of those who spoke; others, or what is no such number, are left out (W2). */
export function updateTrust(trust: Trust, losses: Readonly<Record<string, number>>): Trust {
  const names = Object.keys(trust);
  const spoke = names.filter((name) => (losses[name] ?? NaN) >= 0 && (losses[name] ?? NaN) <= 1);
  const of = (name: string): number => trust[name] ?? 0;
  const held = spoke.reduce((sum, name) => sum + of(name), 0);
  const raw = new Map(spoke.map((name) => [name, of(name) * Math.exp(-RATE * (losses[name] ?? 0))]));
  const rawSum = [...raw.values()].reduce((sum, value) => sum + value, 0);
  const first = firstTrust(names.filter((name) => name !== TABLE));
  const firstSum = spoke.reduce((sum, name) => sum + (first[name] ?? 0), 0);
  return Object.fromEntries(
    names.map((name) => {
      const value = raw.get(name);
      if (value === undefined) return [name, of(name)];
      return [name, held * ((1 - SHARE) * (value / rawSum) + SHARE * ((first[name] ?? 0) / firstSum))];
    }),
  );
}
