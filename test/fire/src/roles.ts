/**
 * Who plays a participant's part right now. Participants are parts (`shop-1`: the second bundle, `cart-0`: the cart's
 * service); a host gets the lowest ordinal that is free, so that the part may be played by `cart-1`. Pure.
 */
import type { LeaseRow } from '@atlas/control-store';
import { HOSTS } from './points.ts';

const ordinalOf = (instance: string): number => Number(/-(\d+)$/.exec(instance)?.[1] ?? 0);
export const appOf = (instance: string): string => instance.replace(/-\d+$/, '');

type Seen = Pick<LeaseRow, 'instance' | 'live' | 'health'>;

/** The instance that plays it, or will: the first that stays, the second for `shop-1`; else the lowest free name. */
export function playerOf(participant: string, leases: readonly Seen[]): string {
  if (!HOSTS.includes(participant)) return participant;
  const own = leases.filter(({ instance }) => appOf(instance) === appOf(participant));
  const staying = own
    .filter(({ live, health }) => live && health !== 'leaving')
    .map(({ instance }) => instance)
    .sort((a, b) => ordinalOf(a) - ordinalOf(b));
  const player = staying[ordinalOf(participant)];
  if (player !== undefined) return player;
  const taken = new Set(own.map(({ instance }) => ordinalOf(instance)));
  let free = 0;
  while (taken.has(free)) free += 1;
  return `${appOf(participant)}-${free}`;
}
