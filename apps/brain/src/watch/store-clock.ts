/** The clock of the database, which proposals are dated by: compared with the steady one whenever the store answers. */
import type { BrainStore, Clocks } from '@atlas/brain-collector';

export class StoreClock {
  readonly #steadyMs: Clocks['steadyMs'];
  #aheadMs: number | undefined;

  constructor({ steadyMs }: Pick<Clocks, 'steadyMs'>) {
    this.#steadyMs = steadyMs;
  }

  /** What it is ahead of the steady clock, ms; undefined before the first answer. */
  readonly aheadMs = (): number | undefined => this.#aheadMs;

  /** Half of the way there and back is taken off. @throws what the store throws */
  async compare(store: Pick<BrainStore, 'now'>): Promise<void> {
    const asked = this.#steadyMs();
    const now = await store.now();
    this.#aheadMs = now - (asked + this.#steadyMs()) / 2;
  }
}
