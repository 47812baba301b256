/**
 * A mixture of experts whose trust follows their recent loss: exponential weights with fixed share (M. Herbster and
 * M. Warmuth, Tracking the Best Expert, Machine Learning 32, 1998). It is never much worse than the best of them for
 * long, also when the best one changes.
 *
 * X1  Losses are relative errors in units of the mixture's own usual one, so nothing depends on the level or noise of
 *     a series.
 * X2  Weights are positive and sum to 1.
 */

/** How fast trust moves with loss. */
const RATE = 0.05;
/** Share of trust that is dealt out anew each time. */
const SHARE = 0.002;
/** A relative error counts up to this. */
const MOST_ERROR = 2;
/** A loss counts up to this many usual ones: one outlier does not decide. */
const MOST_LOSS = 4;
/** Memory of the usual loss, observations. */
const USUAL_MEMORY = 240;

export class Mixture {
  readonly #prior: Float64Array;
  readonly #weights: Float64Array;
  #usual = 0.2;

  /** @param priors of each expert, > 0 */
  constructor(priors: readonly number[]) {
    const sum = priors.reduce((a, b) => a + b, 0);
    this.#prior = Float64Array.from(priors, (prior) => prior / sum);
    this.#weights = this.#prior.slice();
  }

  /** X2. */
  get weights(): readonly number[] {
    return [...this.#weights];
  }

  /** @param opinions one per expert */
  combine(opinions: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < opinions.length; i += 1) sum += (this.#weights[i] ?? 0) * (opinions[i] ?? 0);
    return sum;
  }

  /**
   * Learns what came of earlier opinions.
   * @param floor errors are relative to the actual rate, but at least to this one
   */
  learn(opinions: Float64Array, actual: number, floor: number): void {
    const scale = Math.max(actual, floor, Number.MIN_VALUE);
    const losses = new Float64Array(opinions.length);
    let mean = 0;
    for (let i = 0; i < losses.length; i += 1) {
      const loss = Math.min(MOST_ERROR, Math.abs((opinions[i] ?? 0) - actual) / scale);
      losses[i] = loss;
      mean += loss * (this.#weights[i] ?? 0);
    }
    this.#usual += (mean - this.#usual) / USUAL_MEMORY;
    this.#reweigh(losses, Math.max(this.#usual, 1e-6));
  }

  #reweigh(losses: Float64Array, usual: number): void {
    let sum = 0;
    for (let i = 0; i < losses.length; i += 1) {
      const weight =
        (this.#weights[i] ?? 0) * Math.exp(-RATE * Math.min(MOST_LOSS, (losses[i] ?? 0) / usual));
      this.#weights[i] = weight;
      sum += weight;
    }
    for (let i = 0; i < losses.length; i += 1) {
      this.#weights[i] = ((1 - SHARE) * (this.#weights[i] ?? 0)) / sum + SHARE * (this.#prior[i] ?? 0);
    }
  }
}
