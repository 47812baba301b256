/** What happens to hosts that a switch leaves without work. Pure. */
import type { Effect } from './effects.ts';
import { needsOf, protectedNeeds, surplus, unneeded } from './needs.ts';
import { isUsable, type HostView, type Observation } from './observation.ts';
import type { SwitchState } from './state.ts';

/** Until when hosts that the layout before used are kept warm; counted from the commit, so that asking twice changes nothing. */
function keptUntil({ stage }: SwitchState, { keepWarmMs, now }: Observation): number | undefined {
  const committedAt = 'committedAt' in stage ? stage.committedAt : null;
  if (committedAt === null || keepWarmMs === 0) return undefined;
  const until = committedAt + keepWarmMs;
  return until > now ? until : undefined;
}

/**
 * Services that the layout before used are kept warm when that is wanted, everything else that nobody needs is stopped.
 * A bundle is never kept: it would go on accepting.
 */
export function farewells(state: SwitchState, seen: Observation): Effect[] {
  const needs = protectedNeeds(seen);
  const until = keptUntil(state, seen);
  const used = state.from === null ? {} : needsOf(state.from.layout, seen.bundle);
  const staysWarm = (host: HostView): boolean =>
    until !== undefined && host.app !== seen.bundle && Object.hasOwn(used, host.app) && isUsable(host);
  const keeps = unneeded(needs, seen.hosts)
    .filter((host) => staysWarm(host) && (host.keptUntil ?? 0) < (until ?? 0))
    .map(({ instance, nonce }) => ({ kind: 'keep' as const, instance, nonce, until: until ?? 0 }));
  const stops = surplus(seen)
    .filter((host) => !staysWarm(host))
    .map(({ instance, nonce }) => ({ kind: 'stop' as const, instance, nonce }));
  return [...keeps, ...stops];
}
