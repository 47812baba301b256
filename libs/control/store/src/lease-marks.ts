import type { Lease } from './store.ts';

/**
 * What of a lease others wait for: acks, closed epochs, health, and which closed epochs still have roots.
 * A renewal that changes none of it is no news, and notifies nobody.
 */
export function leaseMarks(lease: Lease): string {
  const closed = lease.closedThrough ?? -1;
  const draining = Object.keys(lease.roots).filter((epoch) => Number(epoch) <= closed && lease.roots[epoch]);
  return [
    lease.health,
    lease.rpc,
    lease.closedThrough,
    lease.acked.join('+'),
    draining.sort().join('+'),
  ].join(' ');
}
