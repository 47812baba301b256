/**
 * Services that are started ahead of the switch that may need them. Pure.
 *
 * W1  Nothing is switched: only services of modules that no live layout places outside are started, for a further instance
 *     of one that serves would get calls at once, and a bundle would accept.
 * W2  One at a time: a wish for less, or for more, of the same is that one.
 * W3  It ends when its time is up, when a layout that needs all of it is in force, and in an operator's freeze. What it has
 *     started stays for its time as a service that is kept warm does, by a row of its own.
 */
import type { Layout } from '@atlas/control-layout';
import type { Effect } from './effects.ts';
import { prewarmNeeds, serviceNeeds, unneeded } from './needs.ts';
import { isStaying, type Observation } from './observation.ts';

/** Times are ms on the store's clock. */
export interface Prewarm {
  readonly target: Layout;
  readonly until: number;
}

/** How long a pre-warm lasts when nothing else is said, ms. */
export const PREWARM_MS = 900_000;
/** A wish that would prolong it by less changes nothing, ms. */
const WORTH_MS = 60_000;

/** Every service of `b`, in that number at least, is one of `a`. */
export function covers(a: Layout, b: Layout, bundle: string): boolean {
  const of = serviceNeeds(a, bundle);
  return Object.entries(serviceNeeds(b, bundle)).every(([app, count]) => (of[app] ?? 0) >= count);
}

/** W3: the rows that keep its hosts, for those that have none for so long yet. */
export function keeps(seen: Observation): Effect[] {
  const { prewarm } = seen;
  if (prewarm === null) return [];
  const own = prewarmNeeds(seen);
  const apart = new Set(unneeded(own, seen.hosts));
  return seen.hosts
    .filter((host) => Object.hasOwn(own, host.app) && host.driven && host.spawned && isStaying(host))
    .filter((host) => !apart.has(host) && (host.keptUntil ?? 0) < prewarm.until)
    .map(({ instance, nonce }) => ({ kind: 'keep', instance, nonce, until: prewarm.until }));
}

/** What one more wish makes of it (W2); undefined: it is another one. */
export function prewarmed(before: Prewarm | null, wish: Prewarm, bundle: string): Prewarm | undefined {
  if (before === null) return wish;
  const until = wish.until - before.until < WORTH_MS ? before.until : wish.until;
  if (covers(before.target, wish.target, bundle))
    return until === before.until ? before : { ...before, until };
  return covers(wish.target, before.target, bundle) ? { ...wish, until } : undefined;
}

/** W3. */
export const isOver = (
  { target, until }: Prewarm,
  { now, committed, bundle }: Pick<Observation, 'now' | 'committed' | 'bundle'>,
): boolean => until <= now || (committed !== null && covers(committed.layout, target, bundle));
