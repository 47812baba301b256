import type { Layout } from '@atlas/control-layout';
import type { StoreState } from '@atlas/control-store';

/** How long nobody may want a host before it exits. */
export const ORPHAN_AFTER_MS = 30_000;

export interface Self {
  readonly instance: string;
  readonly nonce: string;
  readonly kind: 'bundle' | 'service';
  readonly modules: readonly string[];
}

/**
 * Whether a process driver keeps this host on purpose: it is in its books, and kept warm, spare, or of a kind that a
 * live or prepared layout uses. Empty books mean that no process driver is in charge, so nobody is an orphan.
 */
export function isWanted(self: Self, state: StoreState, layouts: readonly Layout[]): boolean {
  if (state.hosts.length === 0) return true;
  const entry = state.hosts.find((host) => host.instance === self.instance && host.nonce === self.nonce);
  if (entry === undefined) return false;
  if (entry.purpose !== 'serving' || self.kind !== 'service' || layouts.length === 0) return true;
  return layouts.some((layout) => self.modules.some((module) => layout.placements[module] === 'service'));
}

/** Tells when a host was unwanted in every read for `ORPHAN_AFTER_MS`; a failed read starts anew. */
export class OrphanWatch {
  #since: number | undefined = undefined;

  /** True when the time is up. */
  saw(wanted: boolean, now: number): boolean {
    if (wanted) this.#since = undefined;
    else this.#since ??= now;
    return this.#since !== undefined && now - this.#since >= ORPHAN_AFTER_MS;
  }

  reset(): void {
    this.#since = undefined;
  }
}
