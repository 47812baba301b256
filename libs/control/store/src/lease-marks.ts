import type { Lease } from './store.ts';

/**
 * What of a lease others wait for, in two parts: `|` stands between what concerns everybody (health, address) and what
 * only the switcher waits for (acks, closed epochs, and which closed epochs still have roots). Were hosts told of each
 * other's acks, each of n acks would make n hosts read n leases.
 * A renewal that changes none of it is no news, and notifies nobody.
 */
export function leaseMarks(lease: Lease): string {
  const closed = lease.closedThrough ?? -1;
  const draining = Object.keys(lease.roots).filter((epoch) => Number(epoch) <= closed && lease.roots[epoch]);
  const progress = [lease.closedThrough, lease.acked.join('+'), draining.sort().join('+')];
  return `${lease.health} ${lease.rpc}|${progress.join(' ')}`;
}
