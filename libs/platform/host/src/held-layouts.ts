import { BUNDLE, type Layout } from '@atlas/control-layout';

/** The layouts that a host holds, by epoch, as its agent installs and forgets them. */
export class HeldLayouts {
  readonly #held = new Map<number, Layout>();

  /** False when it is held already. */
  add(epoch: number, layout: Layout): boolean {
    if (this.#held.has(epoch)) return false;
    this.#held.set(epoch, layout);
    return true;
  }

  /** False when it was not held. */
  drop(epoch: number): boolean {
    return this.#held.delete(epoch);
  }

  epochs(): number[] {
    return [...this.#held.keys()];
  }

  layouts(): Layout[] {
    return [...this.#held.values()];
  }

  /** Bundles of an epoch's layout; 1 when it is not known. */
  bundles(epoch: number | undefined): number {
    return (epoch === undefined ? undefined : this.#held.get(epoch)?.instances[BUNDLE]) ?? 1;
  }
}
