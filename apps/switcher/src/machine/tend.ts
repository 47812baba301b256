/** Keeps hosts and layouts in force together while no switch does. Pure. */
import { sameLayout } from '@atlas/control-layout';
import type { Effect } from './effects.ts';
import { missingSpares, needsOf, prewarmNeeds, provide, surplus, union } from './needs.ts';
import { isHung, leavesUntold, mayAct, type Observation } from './observation.ts';
import { keeps } from './prewarm.ts';
import { EXCLUSIVE, isBeforeCommit } from './state.ts';

/**
 * Prepared, and by no switch that is open: a proposal that took effect after its switch had given it up. One that waits
 * for the same layout may take it up on this very look.
 */
function leftOver({ prepared, open }: Observation): Effect[] {
  if (prepared === null || open.some(({ phase }) => EXCLUSIVE.includes(phase))) return [];
  if (open.some(({ phase, to }) => phase === 'planned' && sameLayout(to, prepared.layout))) return [];
  return [{ kind: 'withdraw', epoch: prepared.epoch }];
}

/** A switch that needs its hosts now; one on trial needs none. */
const isPreparing = ({ open }: Observation): boolean => open.some(({ phase }) => isBeforeCommit(phase));

/**
 * Starts hosts that live layouts name and that are gone, after their back-off, and opens bundles in reserve in their
 * place. While no switch prepares it also starts what is to be warm. Without an open switch it also stops what nobody
 * needs, e.g. a host that was found again after its switch had ended, and fills up the spares. Kills what hangs, so that
 * its end makes room for another and no drain waits for it, and sees to the end of what leaves untold. Withdraws what is
 * left prepared. Nothing while the judge may be ill.
 */
export function tend(seen: Observation): Effect[] {
  if (!mayAct(seen)) return [];
  const live = union(seen.live.map(({ layout }) => needsOf(layout, seen.bundle)));
  const provided = provide(live, isPreparing(seen) ? {} : prewarmNeeds(seen), seen);
  const starting = provided.some(({ kind }) => kind === 'start');
  const idle = seen.committed !== null && seen.open.length === 0 && !starting;
  const spares = idle ? missingSpares(seen) : [];
  const unneeded = seen.open.length === 0 ? surplus(seen) : [];
  const stops = [...unneeded, ...seen.hosts.filter(leavesUntold)];
  const hung = seen.hosts.filter((host) => isHung(host, seen));
  return [
    ...leftOver(seen),
    ...hung.map(({ instance, nonce }) => ({ kind: 'kill' as const, instance, nonce })),
    ...keeps(seen),
    ...provided,
    ...spares.map((vacancy) => ({ kind: 'start' as const, ...vacancy })),
    ...stops.map(({ instance, nonce }) => ({ kind: 'stop' as const, instance, nonce })),
  ];
}
