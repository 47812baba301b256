/**
 * Hosts that are started ahead of the switch that may need them. Pure.
 *
 * W1  Nothing is switched: of services only those of modules that no live layout places outside are started, for a further
 *     instance of one that serves would get calls at once; bundles are started in reserve, and accept nobody.
 * W2  One at a time: a wish for less of the same changes nothing, another takes its place.
 * W3  It ends when its time is up, and when a layout that needs all of it is in force; in an operator's freeze it starts
 *     nothing. What it has started stays for its time as a service that is kept warm does, by a row of its own.
 */
import type { Layout } from '@atlas/control-layout';
import type { Effect } from './effects.ts';
import { needsOf, prewarmNeeds, unneeded } from './needs.ts';
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

/** Every host of `b`, in that number at least, is one of `a`. */
export function covers(a: Layout, b: Layout, bundle: string): boolean {
  const of = needsOf(a, bundle);
  return Object.entries(needsOf(b, bundle)).every(([app, count]) => (of[app] ?? 0) >= count);
}

/** W3: the rows that keep its hosts, for those whose row ends earlier, or that have none. */
export function keeps(seen: Observation): Effect[] {
  const { prewarm } = seen;
  if (prewarm === null) return [];
  const own = prewarmNeeds(seen);
  const apart = new Set(unneeded(own, seen.hosts));
  return seen.hosts
    .filter(({ app, reserve }) => app !== seen.bundle || reserve)
    .filter((host) => Object.hasOwn(own, host.app) && host.driven && host.spawned && isStaying(host))
    .filter((host) => !apart.has(host) && (host.keptUntil ?? 0) < prewarm.until)
    .map(({ instance, nonce }) => ({ kind: 'keep', instance, nonce, until: prewarm.until }));
}

/** What one more wish makes of it (W2). Returns `before` itself when nothing changes. */
export function prewarmed(before: Prewarm | null, wish: Prewarm, bundle: string): Prewarm {
  if (before === null || !covers(before.target, wish.target, bundle)) return wish;
  return wish.until - before.until < WORTH_MS ? before : { ...before, until: wish.until };
}

/** W3. */
export const isOver = (
  { target, until }: Prewarm,
  { now, committed, bundle }: Pick<Observation, 'now' | 'committed' | 'bundle'>,
): boolean => until <= now || (committed !== null && covers(committed.layout, target, bundle));
