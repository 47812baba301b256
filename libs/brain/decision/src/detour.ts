/**
 * Where to go instead of the rung that is wanted.
 *
 * D1  A rung that a trial took back rests (`rest.ts`): the next higher one that does not is gone to.
 * D2  Without time, a rung that has to start first is passed over for one that is warm: it bears more, and is there at
 *     once.
 * D3  More load never means a lighter shape: what is found for a rung is never below what is found for a lighter one.
 */
import { BUNDLE } from '@atlas/control-layout';
import type { DecisionState } from './decide.ts';
import type { Observation } from './observation.ts';
import type { Policy } from './policy.ts';
import { rested, restOf } from './rest.ts';
import { layoutOf, rungAt, stressed } from './shape.ts';

/** Where the shop stands, and when. */
export interface Place {
  readonly seen: Observation;
  readonly policy: Policy;
  readonly state: DecisionState;
  /** Index of the rung that the shop stands on. */
  readonly at: number;
}

/** The rung to go to, and why it is not the one that was wanted; empty when it is. */
export interface Detour {
  readonly rung: number;
  readonly but: string;
}

/** Nothing has to start for it: its services are ready, and it needs no further bundle. */
export function isWarm(rung: number, { seen, policy }: Pick<Place, 'seen' | 'policy'>): boolean {
  const { layout, stress, ready } = seen;
  const { instances } = layoutOf(rungAt(policy, rung), layout, stressed(stress, policy.extractShare));
  const there = new Map(Object.entries(ready)).set(BUNDLE, layout.instances[BUNDLE] ?? 1);
  return Object.entries(instances).every(([host, count]) => count <= (there.get(host) ?? 0));
}

const warmFrom = (rung: number, place: Place): number[] =>
  [...place.policy.rungs.keys()].slice(rung).filter((each) => isWarm(each, place));

/** D1. */
export function awake(wanted: number, { seen: { atMs }, policy, state, at }: Place): Detour {
  const rung = rested(wanted, at, { atMs, state, policy });
  if (rung === wanted) return { rung, but: '' };
  const { name } = rungAt(policy, wanted);
  const restS = Math.ceil(restOf(name, atMs, { state, policy }) / 1_000);
  return { rung, but: `; ${name} was taken back by its trial and rests for ${restS} s` };
}

/** D1, D2: of those that are warm and do not rest the next one, for that is the cheapest. */
export function nextWarm(wanted: number, place: Place): Detour {
  const { rung, but } = awake(wanted, place);
  const warm = rung > place.at ? warmFrom(rung, place) : [];
  const found = warm.find((each) => awake(each, place).rung === each);
  return { rung: found ?? rung, but: but + startsFirst(rung, found, place) };
}

/** D2: of those that are warm the highest, for a surge has seldom come to its end. */
export function highestWarm(wanted: number, place: Place): Detour {
  const found = warmFrom(wanted, place).at(-1);
  return { rung: found ?? wanted, but: startsFirst(wanted, found, place) };
}

/** The words of D2. */
function startsFirst(wanted: number, warm: number | undefined, place: Place): string {
  if (warm === undefined || warm === wanted) return '';
  const [{ name }, { name: instead }] = [rungAt(place.policy, wanted), rungAt(place.policy, warm)];
  return isWarm(wanted, place)
    ? `; ${instead} is as warm as ${name}`
    : `; ${name} would have to start first, ${instead} is warm`;
}
