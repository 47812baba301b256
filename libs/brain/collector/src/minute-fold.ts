/**
 * Folds seconds into minutes.
 *
 * N1  Minutes only go forward: after a jump of the clock back, seconds are left alone until it has caught up.
 * N2  Only covered seconds count for the means; `covered` says how many of the 60 there were.
 */
import type { Flaw } from './delta.ts';
import { addRates, scaleRates } from './rates.ts';
import { summaryOf, type HostLook, type Summary } from './summary.ts';

export interface Round {
  /** Wall clock, ms since 1970. */
  readonly at: number;
  /** Every bundle was seen. */
  readonly covered: boolean;
  readonly looks: readonly HostLook[];
  readonly flaws: Summary['flaws'];
}

export const MINUTE_MS = 60_000;
const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS);

const joined = (a: HostLook | undefined, b: HostLook): HostLook => ({
  ...b,
  rates: a ? addRates(a.rates, b.rates) : b.rates,
  gauges: {
    residentBytes: b.gauges.residentBytes,
    loopDelayS: Math.max(a?.gauges.loopDelayS ?? 0, b.gauges.loopDelayS),
    waiting: Object.fromEntries(
      Object.entries(b.gauges.waiting).map(([module, now]) => [
        module,
        Math.max(now, a?.gauges.waiting[module] ?? 0),
      ]),
    ),
  },
});

export class MinuteFold {
  readonly #modules: readonly string[];
  #minute: number | undefined;
  #looks = new Map<string, HostLook>();
  #covered = 0;
  #flaws = new Map<string, { instance: string; flaw: Flaw }>();

  constructor(modules: readonly string[]) {
    this.#modules = modules;
  }

  /** The minute that this round ended, if it is the first of a new one. */
  add(round: Round): Summary | undefined {
    const minute = minuteOf(round.at);
    if (this.#minute !== undefined && minute < this.#minute) return undefined;
    const ended = this.#minute !== undefined && minute > this.#minute ? this.#end(this.#minute) : undefined;
    this.#minute = minute;
    for (const told of round.flaws) this.#flaws.set(`${told.instance} ${told.flaw}`, told);
    if (round.covered) {
      this.#covered += 1;
      for (const look of round.looks)
        this.#looks.set(look.instance, joined(this.#looks.get(look.instance), look));
    }
    return ended;
  }

  #end(minute: number): Summary {
    const seen = this.#covered;
    const looks = [...this.#looks.values()].map((look) => ({
      ...look,
      rates: scaleRates(look.rates, 1 / Math.max(1, seen)),
    }));
    const flaws = [...this.#flaws.values()];
    this.#looks = new Map();
    this.#flaws = new Map();
    this.#covered = 0;
    const covered = Math.min(1, seen / 60);
    return summaryOf({ at: minute * MINUTE_MS, covered, looks, modules: this.#modules, flaws });
  }
}
