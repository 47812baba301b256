/** Keeps what layouts in force name alive: the stand-in for a healer. Pure. */
import type { Effect } from './effects.ts';
import { needsOf, startable, union, vacancies } from './needs.ts';
import { mayAct, type Observation } from './observation.ts';

/** Starts hosts that live layouts name and that are gone, after their back-off; nothing while the judge may be ill. */
export function tend(seen: Observation): Effect[] {
  if (!mayAct(seen)) return [];
  const needs = union(seen.live.map(({ layout }) => needsOf(layout, seen.bundle)));
  return startable(vacancies(needs, seen.hosts), seen).map((vacancy) => ({ kind: 'start', ...vacancy }));
}
