import { BUNDLE, type Layout } from '@atlas/control-layout';
import type { StoreState } from '@atlas/control-store';
import type { Self } from './orphan-watch.ts';

/** `cart-0` → `cart`. */
const appOf = (instance: string): string => instance.replace(/-\d+$/, '');

/** How many hosts like this one a layout has work for. */
function neededBy({ placements, instances }: Layout, { kind, modules }: Self): number {
  if (kind === 'bundle') return instances[BUNDLE] ?? 1;
  const placed = modules.filter((module) => placements[module] === 'service');
  return Math.max(0, ...placed.map((module) => instances[module] ?? 1));
}

/**
 * Why a request to stop is no order to this host (ADR 8); null when it is one. Without an entry in the
 * books no process driver is in charge, and whoever runs this process may end it. A bundle in reserve asks like any
 * other, though no layout counts on it: it is opened when one dies.
 * @param layouts live and prepared ones.
 */
export function contradiction(self: Self, state: StoreState, layouts: readonly Layout[]): string | null {
  const entry = state.hosts.find(({ instance, nonce }) => instance === self.instance && nonce === self.nonce);
  if (entry === undefined) return null;
  const isOrdered = (stopOrder: number | null): boolean => stopOrder === state.leaderToken;
  if (entry.stopOrder === null) return 'nobody who leads has ordered it';
  if (!isOrdered(entry.stopOrder)) return 'it was ordered by a leader who leads no more';
  // Whoever gave the order may not have known who leaves, is silent, has ended, or was only just started in place of one.
  const serving = state.leases.filter(({ health, live }) => health === 'ready' && live);
  const ready = new Set(serving.map(({ nonce }) => nonce));
  const gone = new Set([...state.exits.map(({ nonce }) => nonce), ...state.refused]);
  const staying = state.hosts.filter(
    ({ instance, nonce, stopOrder, purpose }) =>
      appOf(instance) === appOf(self.instance) &&
      purpose !== 'reserve' &&
      !isOrdered(stopOrder) &&
      ready.has(nonce) &&
      !gone.has(nonce),
  );
  const needed = Math.max(0, ...layouts.map((layout) => neededBy(layout, self)));
  return staying.length < needed ? 'a live layout has no other host to do its work' : null;
}
