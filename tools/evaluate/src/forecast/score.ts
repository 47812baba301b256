/** How good forecasts were. All models are scored on the same minutes. */
import type { Band } from '@atlas/brain-forecast';

/** One forecast and what came of it, rates per second. */
export interface Outcome {
  readonly forecast: number;
  readonly band80: Band;
  readonly actual: number;
  /** The rate when it was forecast. */
  readonly now: number;
}

export interface Scores {
  /** Targets that were scored. */
  readonly targets: number;
  /** Those of at least 5 % of the series' mean: relative errors are of them alone. */
  readonly n: number;
  /** Mean of |forecast − actual| / actual over these `n`, %. */
  readonly mapePct: number | null;
  /** Mean of 2 |forecast − actual| / (forecast + actual), same targets, %. */
  readonly smapePct: number | null;
  /** As `mapePct`, over surges: targets of at least 1.5 × the rate when forecast, and of at least the mean. */
  readonly surgeMapePct: number | null;
  /** Share of targets inside the 80 % band, 0–1. */
  readonly coverage80: number | null;
  /** Pinball loss, mean over the levels 0.1, 0.5 and 0.9, as a share of the series' mean. */
  readonly pinball: number | null;
}

const LEAST_SHARE = 0.05;
const SURGE_FACTOR = 1.5;

const pinball = (level: number, limit: number, actual: number): number =>
  actual >= limit ? level * (actual - limit) : (1 - level) * (limit - actual);

/** Sums of one cell; forecasts are added one by one, so nothing is kept. */
export class Scorer {
  readonly #mean: number;
  readonly #sums = { ape: 0, sape: 0, surge: 0, pinball: 0 };
  readonly #counts = { relative: 0, surge: 0, covered: 0, all: 0 };

  /** @param mean of the whole series, per second */
  constructor(mean: number) {
    this.#mean = mean;
  }

  add(outcome: Outcome): void {
    const { forecast, band80, actual } = outcome;
    const covered = actual >= band80.low && actual <= band80.high;
    const losses = [
      pinball(0.1, band80.low, actual),
      pinball(0.5, forecast, actual),
      pinball(0.9, band80.high, actual),
    ];
    this.#counts.all += 1;
    this.#counts.covered += covered ? 1 : 0;
    this.#sums.pinball += losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    if (actual > 0 && actual >= LEAST_SHARE * this.#mean) this.#addRelative(outcome);
  }

  #addRelative({ forecast, actual, now }: Outcome): void {
    const error = Math.abs(forecast - actual);
    this.#counts.relative += 1;
    this.#sums.ape += error / actual;
    this.#sums.sape += (2 * error) / (forecast + actual);
    if (actual < SURGE_FACTOR * now || actual < this.#mean) return;
    this.#counts.surge += 1;
    this.#sums.surge += error / actual;
  }

  scores(): Scores {
    const { relative, surge, covered, all } = this.#counts;
    const share = (sum: number, count: number): number | null => (count === 0 ? null : sum / count);
    const percent = (sum: number, count: number): number | null => (count === 0 ? null : (100 * sum) / count);
    return {
      targets: all,
      n: relative,
      mapePct: percent(this.#sums.ape, relative),
      smapePct: percent(this.#sums.sape, relative),
      surgeMapePct: percent(this.#sums.surge, surge),
      coverage80: share(covered, all),
      pinball: this.#mean > 0 ? share(this.#sums.pinball / this.#mean, all) : null,
    };
  }
}
