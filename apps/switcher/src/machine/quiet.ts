import { OVERDUE_AFTER_MS } from '@atlas/control-store';
import { protectedNeeds, vacancies } from './needs.ts';
import { isLive, mayAct, type HostView, type Observation } from './observation.ts';
import { tend } from './tend.ts';

/** It serves, or waits as it should, and has renewed its lease in time. */
const isSteady = (host: HostView, now: number): boolean =>
  (host.blank && host.process === 'alive' && !host.stopping) ||
  (isLive(host) &&
    !host.stopping &&
    (host.lease?.health === 'ready' || host.lease?.health === 'reserve') &&
    now - host.lease.renewedAt <= OVERDUE_AFTER_MS);

/**
 * Nothing is under way, missing or overdue: whatever changes is told, and no lease that is in time now can lapse before the
 * look after the next, which comes a second later at the most. Pure.
 */
export function isQuiet(seen: Observation): boolean {
  const { hosts, live, open, prepared, trial, spares } = seen;
  const wanted = { ...protectedNeeds(seen), ...(spares && { [spares.app]: spares.count }) };
  return (
    mayAct(seen) &&
    open.length === 0 &&
    prepared === null &&
    trial === null &&
    live.length === 1 &&
    hosts.every((host) => isSteady(host, seen.now)) &&
    vacancies(wanted, hosts).length === 0 &&
    tend(seen).length === 0
  );
}
