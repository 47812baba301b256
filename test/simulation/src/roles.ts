/** What the oracle says of hosts: written anew, as all its rules. */
import type { Layout } from '@atlas/control-layout';
import type { MemoryState } from '@atlas/control-store';
import type { HostProcess } from './host.ts';

/** The store shows that it goes, or is gone. */
export function isKnownToGo(store: MemoryState, { instance, nonce, actor, leaving }: HostProcess): boolean {
  if (actor.alive && !leaving) return false;
  const key = `${instance}:${nonce}`;
  if (!actor.alive && store.exits.has(key)) return true;
  const isOrdered = store.hosts.get(key)?.record.stopOrder !== undefined;
  return leaving && (isOrdered || store.leases.get(key)?.lease.health === 'leaving');
}

/** What this host is to the module under this layout. */
export function roleOf(
  { placements }: Layout,
  host: HostProcess,
  module: string,
): 'primary' | 'standby' | undefined {
  if (placements[module] === 'bundle') return host.kind === 'bundle' ? 'primary' : undefined;
  if (placements[module] !== 'service') return undefined;
  if (host.app === module) return 'primary';
  return host.kind === 'bundle' ? 'standby' : undefined;
}

/** How many of the host's app this layout needs. */
export function needOf(layout: Layout | undefined, { app, kind }: HostProcess): number {
  if (layout === undefined) return 0;
  if (kind === 'bundle') return layout.instances['bundle'] ?? 1;
  return layout.placements[app] === 'service' ? (layout.instances[app] ?? 1) : 0;
}
