/**
 * Forecasts one series: a value a minute goes in, rates 5, 15 and 60 minutes ahead with bands come out.
 *
 * F1  Nothing is known of a series but its values: no name, date or level is in any rule.
 * F2  A forecast is judged when its minute has come, and by nothing else; what was missing judges nothing.
 * F3  Known sales are taken out of the history and put back into the forecast, so every expert knows them, and a sale
 *     that is bigger or smaller than announced shows in the level as soon as its customers had time to come. One that is
 *     told, or struck, when it has begun is taken out of what was seen of it, or put back.
 */
import { bandsOf, ConformalBand, type Band, type Limits } from './conformal-band.ts';
import type { Expert } from './expert.ts';
import { EXPERTS } from './experts/index.ts';
import { HISTORY_MIN, MinuteHistory } from './minute-history.ts';
import { Mixture } from './mixture.ts';
import { RelativeMedian } from './relative-median.ts';
import { firstChange, saleFactor, withoutSales, type Sale } from './sale-calendar.ts';

export const HORIZONS_MIN = [5, 15, 60] as const;
export type HorizonMin = (typeof HORIZONS_MIN)[number];

export interface Forecast {
  readonly horizonMin: HorizonMin;
  /** The minute that is forecast, since 1970. */
  readonly minute: number;
  /** Per second; the value with the least expected relative error: below the mean of a series that varies much. */
  readonly rps: number;
  /** The mean that is expected, per second: what is to be borne. */
  readonly meanRps: number;
  readonly band80: Band;
  readonly band95: Band;
  /** Each expert's opinion and weight, the weightiest first. */
  readonly experts: readonly {
    readonly name: string;
    readonly rps: number;
    readonly weight: number;
  }[];
}

/**
 * Errors are relative to the rate, but at least to this share of the usual one. Trust in experts is by errors relative to
 * all of the usual one at least: where few come nobody errs as little by the rate itself as who expects nobody.
 */
const FLOOR_SHARE = 0.05;

interface Opinion {
  readonly minute: number;
  readonly opinions: Float64Array;
  /** Of the mixture, before its correction. */
  readonly raw: number;
  readonly rate: number;
  readonly limits: Limits;
}

interface Horizon {
  readonly minutes: HorizonMin;
  readonly mixture: Mixture;
  readonly median: RelativeMedian;
  readonly band: ConformalBand;
  /** Target minute → opinion that waits for it. */
  readonly waiting: Map<number, Opinion>;
}

export class Forecaster {
  readonly #experts: readonly Expert[];
  readonly #history = new MinuteHistory();
  /** As it was pushed, sales included. */
  readonly #seen = new MinuteHistory();
  readonly #horizons: readonly Horizon[];
  readonly #corrected: boolean;
  #sales: readonly Sale[] = [];

  /** @param options `corrected: false` leaves the mixture's mean as it is, e.g. for a peer in a comparison. */
  constructor(experts: readonly Expert[] = EXPERTS, { corrected = true } = {}) {
    this.#experts = experts;
    this.#corrected = corrected;
    this.#horizons = HORIZONS_MIN.map((minutes) => ({
      minutes,
      mixture: new Mixture(experts.map(({ prior }) => prior)),
      median: new RelativeMedian(),
      band: new ConformalBand(minutes),
      waiting: new Map(),
    }));
  }

  /** Values are without sales (F3). */
  get history(): MinuteHistory {
    return this.#history;
  }

  /** Sales that are known now, those that have begun included (F3). Forecasts that wait are forgotten when one has. */
  know(sales: readonly Sale[]): void {
    const [before, { now }] = [this.#sales, this.#history];
    this.#sales = sales;
    if (now === undefined) return;
    const changed = firstChange(before, sales, { from: now - HISTORY_MIN + 1, to: now });
    if (changed === undefined) return;
    this.#history.rewind(changed);
    for (let minute = changed; minute <= now; minute += 1)
      this.#history.push(minute, this.#normal(minute, this.#seen.at(minute)));
    for (const horizon of this.#horizons) {
      horizon.waiting.clear();
      this.#opine(horizon, now);
    }
  }

  /** F3. */
  #normal(minute: number, rps: number | undefined): number | undefined {
    return rps === undefined
      ? undefined
      : withoutSales(this.#sales, { minute, rps }, this.#history.recent(60));
  }

  /**
   * One minute's mean rate.
   * @param minute since 1970; later than the newest, or it is left alone
   * @param rps per second; undefined when it is not known
   * @returns false when it was left alone: an old minute, or no number ≥ 0
   */
  push(minute: number, rps: number | undefined): boolean {
    const normal = this.#normal(minute, rps);
    if (!this.#history.push(minute, normal)) return false;
    this.#seen.push(minute, rps);
    if (normal !== undefined) for (const horizon of this.#horizons) this.#judge(horizon, minute, normal);
    for (const horizon of this.#horizons) this.#opine(horizon, minute);
    return true;
  }

  /** Forgets a minute and all that came after it, and every forecast that waits; what was learned of experts stays. */
  rewind(minute: number): void {
    this.#history.rewind(minute);
    this.#seen.rewind(minute);
    for (const { waiting } of this.#horizons) waiting.clear();
  }

  /** Mean of all that is remembered, per second. */
  get #usual(): number {
    return this.#history.recent(HISTORY_MIN) ?? 0;
  }

  get #floor(): number {
    return FLOOR_SHARE * this.#usual;
  }

  /** F2. */
  #judge({ mixture, median, band, waiting }: Horizon, minute: number, actual: number): void {
    const opinion = waiting.get(minute);
    // Nobody was expected, and nobody came: of relative errors that tells nothing.
    if (!opinion || (actual === 0 && opinion.raw === 0)) return;
    mixture.learn(opinion.opinions, actual, this.#usual);
    if (this.#corrected && actual >= this.#floor) median.learn(actual, opinion.raw);
    band.learn(actual, { forecast: opinion.rate, told: opinion.limits, floor: this.#floor });
  }

  #opine({ minutes, mixture, median, band, waiting }: Horizon, now: number): void {
    // In the order of their minutes: those that are still to come end the search.
    for (const minute of waiting.keys()) {
      if (minute > now) break;
      waiting.delete(minute);
    }
    const level = this.#history.recent(5) ?? this.#history.recent(60) ?? this.#usual;
    const opinions = new Float64Array(this.#experts.length);
    this.#experts.forEach(({ predict }, i) => (opinions[i] = predict(this.#history, now, minutes) ?? level));
    const raw = mixture.combine(opinions);
    const rate = raw * median.factor;
    const limits = band.around(rate, this.#floor, this.#horizons[0]?.band.unrest ?? 1);
    waiting.set(now + minutes, { minute: now + minutes, opinions, raw, rate, limits });
  }

  /** From the newest minute; empty before the first. */
  forecast(): Forecast[] {
    const now = this.#history.now;
    if (now === undefined) return [];
    return this.#horizons.flatMap((horizon) => {
      const opinion = horizon.waiting.get(now + horizon.minutes);
      return opinion ? [this.#tell(horizon, opinion)] : [];
    });
  }

  #tell({ minutes, mixture }: Horizon, { minute, opinions, raw, rate, limits }: Opinion): Forecast {
    const factor = saleFactor(this.#sales, minute);
    const { band80, band95 } = bandsOf(limits);
    const grown = ({ low, high }: Band): Band => ({ low: low * factor, high: high * factor });
    const weights = mixture.weights;
    const experts = this.#experts
      .map(({ name }, i) => ({ name, rps: (opinions[i] ?? 0) * factor, weight: weights[i] ?? 0 }))
      .sort((a, b) => b.weight - a.weight);
    const [rps, meanRps] = [rate * factor, raw * factor];
    return {
      horizonMin: minutes,
      minute,
      rps,
      meanRps,
      band80: grown(band80),
      band95: grown(band95),
      experts,
    };
  }
}
