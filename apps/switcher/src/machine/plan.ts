/** What a switch would do, and what forbids it. Pure. */
import { BUNDLE, type Layout, type Placement } from '@atlas/control-layout';
import { buildMismatch } from './conditions.ts';
import { needsOf, vacancies, workless, type Vacancy } from './needs.ts';
import { isFrozen, type Observation } from './observation.ts';
import type { ShopShape } from './target.ts';

/** Hosts of one shop that may run at once. */
export const MAX_HOSTS = 24;

/** What a switch to `to` would do to hosts and modules. */
export interface Plan {
  readonly starts: readonly Vacancy[];
  readonly stops: readonly string[];
  readonly moves: readonly { readonly module: string; readonly from: Placement; readonly to: Placement }[];
}

export function planOf(to: Layout, seen: Observation): Plan {
  const needs = needsOf(to, seen.bundle);
  const current = seen.committed?.layout.placements ?? {};
  return {
    starts: vacancies(needs, seen.hosts),
    stops: workless(needs, seen.hosts).map(({ instance }) => instance),
    moves: Object.entries(to.placements).flatMap(([module, place]) => {
      const from = current[module] ?? 'bundle';
      return from === place ? [] : [{ module, from, to: place }];
    }),
  };
}

/** Policy and pre-flight: one sentence for each reason to refuse; empty when the target may be tried. */
export function refusals(to: Layout, shop: ShopShape, seen: Observation): string[] {
  const needs = needsOf(to, shop.bundle);
  const hosts = Object.values(needs).reduce((sum, count) => sum + count, 0);
  const bundles = to.instances[BUNDLE] ?? 1;
  const pools = bundles * shop.modules.length + (hosts - bundles);
  const reasons: string[] = [];
  if (hosts > MAX_HOSTS) reasons.push(`the layout needs ${hosts} hosts, at most ${MAX_HOSTS} are allowed`);
  if (pools > shop.poolBudget) {
    reasons.push(`the layout needs ${pools} connection pools, the budget is ${shop.poolBudget} connections`);
  }
  const mismatch = buildMismatch(seen.hosts);
  if (mismatch) reasons.push(mismatch);
  if (isFrozen(seen)) reasons.push('many hosts fell silent together: frozen until they are back');
  return reasons;
}
