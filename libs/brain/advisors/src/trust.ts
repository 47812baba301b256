/**
 * How much each advisor is trusted: exponential weights with fixed share (M. Herbster and M. Warmuth, Tracking the Best
 * Expert, Machine Learning 32, 1998), by what its advice would have led to.
 *
 * W1  Trust is positive and sums to 1.
 * W2  Who was silent is neither praised nor blamed: its share stays as it was.
 */
import { objective, predict, type Intent, type Situation } from '@atlas/brain-optimiser';
import type { Layout } from '@atlas/control-layout';

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

/**
 * What each advice would have cost under the load that came, with hindsight: 0 for the best of them, up to 1.
 * @param situation with the load that came
 */
export function lossesOf(
  advised: ReadonlyMap<string, Layout>,
  situation: Situation,
  intent: Intent,
): Readonly<Record<string, number>> {
  const costs = [...advised].map(([name, to]) => [name, objective(predict(to, situation), intent)] as const);
  const best = Math.min(...costs.map(([, cost]) => cost));
  return Object.fromEntries(
    costs.map(([name, cost]) => [name, best === Infinity || cost === best ? 0 : 1 - best / cost] as const),
  );
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
