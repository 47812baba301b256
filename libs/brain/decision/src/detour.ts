/**
 * Where to go instead of the rung that is wanted.
 *
 * D1  A rung that failed rests (`rest.ts`): the next higher one that does not is gone to, or the highest that
 *     does not.
 * D2  Without time, a rung that has to start first is passed over for one that is warm and bears more, or, without one,
 *     for the highest warm one below it: that bears more than what is now, and is there at once.
 * D3  What is found for a rung is never below what is found for a lighter one, asked in the same way.
 */
import { BUNDLE, servicesOf } from '@atlas/control-layout';
import type { DecisionState, TakenBack } from './decision.ts';
import type { Observation } from './observation.ts';
import { rested, restWords, type Remembered } from './rest.ts';
import { layoutAt, rungAt } from './shape.ts';

/** R3 of `rest.ts`. */
const HASTE = 8;

/** Where the shop stands, and when. */
export interface Place extends Remembered {
  readonly seen: Observation;
  /** Index of the rung that the shop stands on. */
  readonly at: number;
}

/** R5 of `rest.ts`: what is remembered, but for failures of what is warm by now. */
export function forgiven(place: Pick<Place, 'seen' | 'policy' | 'state'>): DecisionState {
  const { state, policy } = place;
  const isOver = ({ rung, late }: TakenBack): boolean =>
    late === true && policy.rungs.some(({ name }, each) => name === rung && isWarm(each, place));
  return state.takenBack ? { ...state, takenBack: state.takenBack.filter((each) => !isOver(each)) } : state;
}

/** The rung to go to, and why it is not the one that was wanted; empty when it is. */
export interface Detour {
  readonly rung: number;
  readonly but: string;
}

/** Names of the rungs that need all of these services; none when there are none. */
export const needing = (services: readonly string[], place: Pick<Place, 'seen' | 'policy'>): string[] =>
  services.length === 0
    ? []
    : place.policy.rungs
        .filter((_, rung) => services.every((each) => servicesOf(layoutAt(rung, place)).includes(each)))
        .map(({ name }) => name);

/** Nothing has to start for it. The bundles of the layout in force count, whatever else is known. */
function isWarm(rung: number, place: Pick<Place, 'seen' | 'policy'>): boolean {
  const { layout, ready } = place.seen;
  const { instances } = layoutAt(rung, place);
  const bundles = Math.max(layout.instances[BUNDLE] ?? 1, ready[BUNDLE] ?? 0);
  const there = new Map(Object.entries(ready)).set(BUNDLE, bundles);
  return Object.entries(instances).every(([host, count]) => count <= (there.get(host) ?? 0));
}

const warmFrom = (rung: number, place: Place): number[] =>
  [...place.policy.rungs.keys()].slice(rung).filter((each) => isWarm(each, place));

/** D1. */
export function awake(wanted: number, place: Place): Detour {
  const { atMs } = place.seen;
  const rung = rested(wanted, place.at, { ...place, atMs });
  if (rung === wanted) return { rung, but: '' };
  return { rung, but: `; ${restWords(rungAt(place.policy, wanted).name, atMs, place)}` };
}

/** D1, D2: of those that are warm the next one, for that is the cheapest. */
export const nextWarm = (wanted: number, place: Place): Detour => warm(wanted, place, 0);

/**
 * D2: of those that are warm the highest, for a surge has seldom come to its end. When nothing is higher that does not
 * rest, what rests is gone to soon: it bears more than what does not bear it.
 */
export function highestWarm(wanted: number, place: Place): Detour {
  const found = warm(wanted, place, -1);
  return found.rung > place.at ? found : warm(wanted, { ...place, haste: HASTE }, -1);
}

/** @param which of the warm ones, as in `at()` of an array */
function warm(wanted: number, place: Place, which: 0 | -1): Detour {
  const { rung, but } = awake(wanted, place);
  if (rung <= place.at) return { rung, but };
  const ways = warmFrom(place.at + 1, place).filter((each) => awake(each, place).rung === each);
  const found = ways.filter((each) => each >= rung).at(which) ?? ways.at(-1);
  return { rung: found ?? rung, but: but + startsFirst(rung, found, place) };
}

/** The words of D2. */
function startsFirst(wanted: number, warm: number | undefined, place: Place): string {
  if (warm === undefined || warm === wanted) return '';
  const [{ name }, { name: instead }] = [rungAt(place.policy, wanted), rungAt(place.policy, warm)];
  return isWarm(wanted, place)
    ? `; ${instead} is as warm as ${name}`
    : `; ${name} would have to start first, ${instead} is warm`;
}
