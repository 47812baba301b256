/**
 * How often what came lay outside what was told: the 80 % bands of the whole shop, held against the rates of their
 * minutes. Told is what was said at the time, sales that were known then included, whatever was learned since.
 */
import { HORIZONS_MIN, type Forecast } from '@atlas/brain-forecast';
import { Counts } from './counts.ts';

const SIDES = ['below', 'within', 'above'] as const;

const sideOf = (rps: number, { band80: { low, high } }: Forecast): (typeof SIDES)[number] =>
  rps < low ? 'below' : rps > high ? 'above' : 'within';

export class ToldBands {
  readonly counts = new Counts(
    HORIZONS_MIN.flatMap((horizon) => SIDES.map((came) => ({ horizon: String(horizon), came }))),
  );
  #newest = -Infinity;
  /** Their minutes are still to come. */
  #told: readonly Forecast[] = [];

  /**
   * A minute is over. One before the newest is of a clock that was set back: what was told of later is forgotten.
   * @param rps per second; null: not known, which judges nothing
   * @param told what is forecast from it on
   */
  came(minute: number, rps: number | null, told: readonly Forecast[]): void {
    const before = minute < this.#newest ? [] : this.#told;
    for (const forecast of before)
      if (forecast.minute === minute && rps !== null)
        this.counts.add({ horizon: String(forecast.horizonMin), came: sideOf(rps, forecast) });
    this.#told = [...before.filter((forecast) => forecast.minute > minute), ...told];
    this.#newest = minute;
  }
}
