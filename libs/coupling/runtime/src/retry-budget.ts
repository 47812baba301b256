/**
 * Bounds retries to a share of the calls, so that a failing module is not also flooded.
 * A token bucket: it starts with `burst` tokens, every first call adds `ratio`, every retry takes 1.
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #ceiling: number;
  #tokens: number;

  /** @param ceiling most tokens that can be saved up; at least `burst`. */
  constructor(options: { readonly ratio?: number; readonly burst?: number; readonly ceiling?: number } = {}) {
    const { ratio = 0.1, burst = 20, ceiling = 200 } = options;
    this.#ratio = ratio;
    this.#ceiling = Math.max(burst, ceiling);
    this.#tokens = burst;
  }

  /** A first call was made. */
  earn(): void {
    this.#tokens = Math.min(this.#ceiling, this.#tokens + this.#ratio);
  }

  /** Takes one retry; false when there is none left. */
  spend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  get tokens(): number {
    return this.#tokens;
  }
}
