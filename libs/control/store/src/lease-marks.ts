import type { Lease } from './store.ts';

/**
 * What of a lease others wait for, in three parts between `|`: what concerns everybody (health, address), what only the
 * switcher waits for (closed epochs, and which of them still have roots), and acks, of which the switcher waits for the
 * last one only. Were hosts told of each other's acks, each of n acks would make n hosts read n leases; and each
 * notification wakes the server process of everyone who listens, whatever he listens to.
 * A renewal that changes none of it is no news, and notifies nobody.
 */
export function leaseMarks(lease: Lease): string {
  const closed = lease.closedThrough ?? -1;
  const draining = Object.keys(lease.roots).filter((epoch) => Number(epoch) <= closed && lease.roots[epoch]);
  const progress = `${lease.closedThrough} ${draining.sort().join('+')}`;
  return `${lease.health} ${lease.rpc}|${progress}|${lease.acked.join('+')}`;
}

/** What concerns everybody. */
export const publicPart = (marks: string): string => marks.slice(0, marks.indexOf('|'));

/** Whether nothing but the acks differs. */
export const onlyAcksDiffer = (a: string, b: string): boolean =>
  a.slice(0, a.lastIndexOf('|')) === b.slice(0, b.lastIndexOf('|'));
