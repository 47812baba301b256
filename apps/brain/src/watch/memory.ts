/**
 * What the brain remembers of the shop's traffic, and what it expects by it. No I/O.
 *
 * R1  Sales and stored minutes are told at the start, or later, when the store is there only then: what was seen until
 *     then comes after them.
 * R2  After a jump of the clock by minutes the stored ones are told anew: one that was days ahead has pushed them out, and
 *     of one that was behind at the start some were still to come.
 */
import { LEAST_COVERED, MINUTE_MS, type StoredMinute, type Summary } from '@atlas/brain-collector';
import { Forecaster, type Forecast, type Sale } from '@atlas/brain-forecast';
import { ToldBands } from './told-bands.ts';

/** The name under which the whole shop is forecast. */
export const TOTAL = 'total';
/** R1. Minutes that were seen while the stored ones were not known: a day. */
const MOST_UNREAD = 1_440;

function push(forecasters: ReadonlyMap<string, Forecaster>, { minute, rps, modules }: StoredMinute): void {
  for (const [name, forecaster] of forecasters)
    forecaster.push(minute, rps === null ? undefined : name === TOTAL ? rps : modules[name]);
}

export class Memory {
  readonly bands = new ToldBands();
  readonly #modules: readonly string[];
  #forecasters: ReadonlyMap<string, Forecaster>;
  /** The newest that was remembered. */
  #minute = -Infinity;
  #sales: readonly Sale[] = [];
  /** R1. */
  #knowsSales = false;
  /** R1. What was seen while the stored minutes were not known; undefined: they are. */
  #unread: StoredMinute[] | undefined = [];

  constructor(modules: readonly string[]) {
    this.#modules = modules;
    this.#forecasters = this.#newForecasters();
  }

  #newForecasters(): ReadonlyMap<string, Forecaster> {
    return new Map([TOTAL, ...this.#modules].map((name) => [name, new Forecaster()]));
  }

  /**
   * R1. Whole or not at all. @param pages of stored minutes, oldest first @returns how many there were
   * @throws what reading them throws
   */
  async recall(
    pages: Iterable<readonly StoredMinute[]> | AsyncIterable<readonly StoredMinute[]>,
  ): Promise<number> {
    const forecasters = this.#newForecasters();
    for (const forecaster of forecasters.values()) forecaster.know(this.#sales);
    let [read, newest] = [0, this.#minute];
    for await (const page of pages) {
      for (const minute of page) push(forecasters, minute);
      read += page.length;
      newest = Math.max(newest, page.at(-1)?.minute ?? newest);
    }
    for (const minute of this.#unread ?? []) push(forecasters, minute);
    for (const forecaster of forecasters.values()) forecaster.know(this.#sales);
    this.#forecasters = forecasters;
    this.#minute = newest;
    this.#unread = undefined;
    return read;
  }

  /** R1. Whether stored minutes are still to be told. */
  get forgetful(): boolean {
    return this.#unread !== undefined;
  }

  get knowsSales(): boolean {
    return this.#knowsSales;
  }

  get sales(): readonly Sale[] {
    return this.#sales;
  }

  know(sales: readonly Sale[]): void {
    this.#sales = sales;
    this.#knowsSales = true;
    for (const forecaster of this.#forecasters.values()) forecaster.know(sales);
  }

  /** R1. Nobody knows whether a change of them was stored: they are to be told again, and count until then. */
  doubtSales(): void {
    this.#knowsSales = false;
  }

  /** A minute that is over. One before the newest is of a clock that was set back: what it told of later is forgotten. */
  remember({ at, covered, answers, modules, flaws }: Summary): void {
    const minute = Math.floor(at / MINUTE_MS);
    const seen = {
      ...{ minute, rps: covered >= LEAST_COVERED ? answers.arrivals : null },
      modules: Object.fromEntries(Object.entries(modules).map(([name, { arrivals }]) => [name, arrivals])),
    };
    const jumped = flaws.some(({ flaw }) => flaw === 'clock-jump');
    if (jumped && minute !== this.#minute + 1) this.#unread ??= []; // R2
    if (minute < this.#minute) this.#rewind(minute);
    this.#minute = minute;
    push(this.#forecasters, seen);
    this.bands.came(minute, seen.rps, this.totals());
    this.#unread = this.#unread && [...this.#unread.slice(1 - MOST_UNREAD), seen];
  }

  #rewind(minute: number): void {
    for (const forecaster of this.#forecasters.values()) forecaster.rewind(minute);
    this.#unread = this.#unread?.filter((each) => each.minute < minute);
  }

  /** Series → forecasts; empty before the first minute. */
  forecasts(): Record<string, Forecast[]> {
    return Object.fromEntries(
      [...this.#forecasters].map(([name, forecaster]) => [name, forecaster.forecast()]),
    );
  }

  /** Of the whole shop. */
  totals(): readonly Forecast[] {
    return this.#forecasters.get(TOTAL)?.forecast() ?? [];
  }
}
