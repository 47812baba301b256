/**
 * The factor that makes a forecast's relative errors least: the median of actual / forecast, each weighed by
 * forecast / actual. Noisy series with few requests a minute have it well below 1. Recent ratios count more.
 */

/** Ratios from e⁻¹ to e, in steps of 1 %; 1 is the middle of one. */
const BINS = 201;
const LOG_SPAN = 2;
/** Each observation outweighs the one before by this: half of the weight is in the last 1,000. */
const GROWTH = 1.000_7;
const LEAST = 0.6;
const MOST = 1.1;
/** No forecast weighs more, however far it was above what came: one outlier does not decide. */
const MOST_WEIGHT = 20;
/** Too few to correct anything. */
const FEWEST = 60;

export class RelativeMedian {
  readonly #bins = new Float64Array(BINS);
  #unit = 1;
  #seen = 0;
  #factor = 1;

  /** Between 0.6 and 1.1; 1 before 60 observations. */
  get factor(): number {
    return this.#factor;
  }

  /** Ratios with a side that is not positive say nothing. */
  learn(actual: number, forecast: number): void {
    if (!(actual > 0) || !(forecast > 0)) return;
    const ratio = Math.log(actual / forecast);
    const bin = Math.floor((ratio / LOG_SPAN + 0.5) * BINS);
    const at = Math.max(0, Math.min(BINS - 1, bin));
    this.#unit *= GROWTH;
    this.#bins[at] = (this.#bins[at] ?? 0) + this.#unit * Math.min(MOST_WEIGHT, forecast / actual);
    this.#seen += 1;
    if (this.#unit > 1e100) this.#shrink();
    if (this.#seen >= FEWEST) this.#factor = Math.min(MOST, Math.max(LEAST, this.#median()));
  }

  #shrink(): void {
    this.#bins.forEach((weight, i) => (this.#bins[i] = weight / this.#unit));
    this.#unit = 1;
  }

  #median(): number {
    let all = 0;
    for (let bin = 0; bin < BINS; bin += 1) all += this.#bins[bin] ?? 0;
    const half = all / 2;
    let below = 0;
    let bin = 0;
    for (; bin < BINS - 1 && below + (this.#bins[bin] ?? 0) < half; bin += 1) below += this.#bins[bin] ?? 0;
    const inside = (half - below) / (this.#bins[bin] || 1);
    return Math.exp(((bin + inside) / BINS - 0.5) * LOG_SPAN);
  }
}
