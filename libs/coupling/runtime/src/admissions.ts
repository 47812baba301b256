/**
 * Counts the roots that this bundle has admitted, per epoch, and says when a closed epoch has none left.
 *
 * A1  New roots run under `current`; every earlier epoch is closed and never opens again.
 * A2  `onDrained` is told of a closed epoch when its count reaches zero, and at once if it is zero when it closes.
 */
export class Admissions {
  readonly #open = new Map<number, number>();
  readonly #listeners = new Set<(epoch: number) => void>();
  #current: number | undefined = undefined;

  get current(): number | undefined {
    return this.#current;
  }

  /** Puts `epoch` in force for new roots; an older or equal one than the current has no effect (A1). */
  advanceTo(epoch: number): void {
    const before = this.#current;
    if (before !== undefined && epoch <= before) return;
    this.#current = epoch;
    if (before === undefined || this.count(before) > 0) return;
    this.#open.delete(before);
    this.#tell(before);
  }

  opened(epoch: number): void {
    this.#open.set(epoch, this.count(epoch) + 1);
  }

  ended(epoch: number): void {
    const left = this.count(epoch) - 1;
    if (left > 0 || epoch === this.#current) this.#open.set(epoch, left);
    else this.#open.delete(epoch);
    if (left <= 0 && this.#current !== undefined && epoch < this.#current) this.#tell(epoch);
  }

  count(epoch: number): number {
    return this.#open.get(epoch) ?? 0;
  }

  /** Epoch → open roots; epochs without any are left out. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#open].filter(([, count]) => count > 0));
  }

  onDrained(listener: (epoch: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(epoch: number): void {
    for (const listener of this.#listeners) listener(epoch);
  }
}
