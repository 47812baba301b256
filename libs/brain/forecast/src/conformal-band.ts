/**
 * A band round a forecast that covers what it promises, whatever the errors look like: each limit is a quantile of the
 * recent errors, moved a step up or down by each miss (adaptive conformal inference: I. Gibbs and E. Candès, NeurIPS
 * 2021; quantile tracking: A. Angelopoulos, E. Candès and R. Tibshirani, NeurIPS 2023).
 *
 * B1  In the long run the share of actual values below a limit is the limit's level: a limit is judged as it was when it
 *     was told, however much later the actual value comes.
 * B2  Errors are measured in units of the usual relative error, so steps fit every series.
 * B3  Wider bands hold narrower ones.
 * B4  What is learned late is learned slowly: until the first of many misses is seen, one limit more is told each minute
 *     that will miss, too. With the same step for all, an hour of misses moved the limits of an hour ahead by four usual
 *     errors, the low one past the forecast itself, and kept them there for the next hour.
 * B5  Unrest is seen first where forecasts are judged first: while the last errors of the nearest horizon are far above
 *     its usual one, limits of all horizons are told so much further apart.
 * B6  A forecast that is right to a thousandth moves no limit, and the usual error is never taken for less than that: of
 *     a constant series limits would learn from rounding alone, and lie beside the forecast when it begins to vary.
 */
export interface Band {
  readonly low: number;
  readonly high: number;
}

export interface Bands {
  readonly band80: Band;
  readonly band95: Band;
}

const LEVELS = [0.025, 0.1, 0.9, 0.975] as const;
/** Where the limits begin: those of a normal distribution, in units of the mean absolute error. */
const BEGIN = [-2.46, -1.61, 1.61, 2.46];
/** B4: how far a miss moves a limit of the next minute; of one that is `horizonMin` ahead, so many times less. */
const STEP = 0.2;
/** Memory of the usual error, observations. */
const USUAL_MEMORY = 180;
/** B5: memory of the last errors, observations; how far above the usual one chance takes their mean; what counts at most. */
const LAST_MEMORY = 10;
const BY_CHANCE = 1.3;
const MOST_UNREST = 4;
/** B6. Relative error. */
const LEAST_ERROR = 1e-3;

/** Limits of one forecast, per second, in the order of `LEVELS`; may be negative. */
export type Limits = readonly number[];

/** Rates have no negative values. */
export function bandsOf(limits: Limits): Bands {
  const [a = 0, b = 0, c = 0, d = 0] = limits.map((limit) => Math.max(0, limit));
  return {
    band80: { low: Math.min(b, c), high: Math.max(b, c) },
    band95: { low: Math.min(a, b, c), high: Math.max(b, c, d) },
  };
}

export class ConformalBand {
  readonly #limits = Float64Array.from(BEGIN);
  readonly #step: number;
  #usual = 0.2;
  #last = 0.2;

  /** @param horizonMin minutes from telling a limit to the actual value, ≥ 1 */
  constructor(horizonMin: number) {
    this.#step = STEP / horizonMin;
  }

  /** B5: how many times the usual the last errors are, 1–4; 1 as long as that may be chance. */
  get unrest(): number {
    const times = this.#last / Math.max(this.#usual, Number.MIN_VALUE) / BY_CHANCE;
    return Math.min(MOST_UNREST, Math.max(1, times));
  }

  /**
   * @param floor errors are relative to the forecast, but at least to this rate, per second
   * @param unrest of the nearest horizon
   */
  around(forecast: number, floor: number, unrest: number): Limits {
    const unit = Math.max(forecast, floor) * Math.max(LEAST_ERROR, this.#usual) * unrest;
    return Array.from(this.#limits, (limit) => forecast + limit * unit);
  }

  /**
   * B1, B2, B6.
   * @param told the limits of that forecast
   */
  learn(actual: number, { forecast, told, floor }: { forecast: number; told: Limits; floor: number }): void {
    const error = Math.min(2, Math.abs(actual - forecast) / Math.max(forecast, floor, Number.MIN_VALUE));
    this.#usual += (error - this.#usual) / USUAL_MEMORY;
    this.#last += (error - this.#last) / LAST_MEMORY;
    if (error < LEAST_ERROR) return;
    LEVELS.forEach((level, i) => {
      const below = actual <= (told[i] ?? 0) ? 1 : 0;
      this.#limits[i] = (this.#limits[i] ?? 0) + this.#step * (level - below);
    });
  }
}
