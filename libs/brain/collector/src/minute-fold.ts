/**
 * Folds seconds into minutes.
 *
 * N1  Minutes go forward: after a small jump of the clock back, of five minutes at most, seconds are left alone until it
 *     has caught up. After a greater one they begin anew where the clock is: a minute may come twice. Its flaws say so,
 *     either way.
 * N2  Only covered rounds count for the means; `covered` says how many of those of a minute there were.
 * N3  A minute is over with the first round of the next one; at once when it has one round only, for a trace that is
 *     replayed 60 times as fast.
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
/** N1. */
const WAITS_MIN = 5;
type Numbers = Readonly<Record<string, number>>;
const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS);

/** Of what `b` names. */
function highest(a: Numbers = {}, b: Numbers): Numbers {
  const before = new Map(Object.entries(a));
  return Object.fromEntries(
    Object.entries(b).map(([key, value]) => [key, Math.max(value, before.get(key) ?? 0)]),
  );
}

const joined = (a: HostLook | undefined, b: HostLook): HostLook => ({
  ...b,
  rates: a ? addRates(a.rates, b.rates) : b.rates,
  gauges: {
    residentBytes: b.gauges.residentBytes,
    loopDelayS: Math.max(a?.gauges.loopDelayS ?? 0, b.gauges.loopDelayS),
    waiting: highest(a?.gauges.waiting, b.gauges.waiting),
    logLagS: highest(a?.gauges.logLagS, b.gauges.logLagS),
  },
});

export class MinuteFold {
  readonly #modules: readonly string[];
  readonly #rounds: number;
  #minute: number | undefined;
  #looks = new Map<string, HostLook>();
  #covered = 0;
  #flaws = new Map<string, { instance: string; flaw: Flaw }>();

  /** @param rounds that a minute has, when none is missing */
  constructor(modules: readonly string[], rounds = 60) {
    this.#modules = modules;
    this.#rounds = Math.max(1, rounds);
  }

  /** The minute that this round ended (N3). */
  add(round: Round): Summary | undefined {
    const minute = minuteOf(round.at);
    const back = (this.#minute ?? minute) - minute;
    if (back > 0 && back <= WAITS_MIN) return this.#note(round);
    if (this.#rounds === 1) return this.#alone(minute, round);
    const ended = this.#minute !== undefined && back !== 0 ? this.#end(this.#minute) : undefined;
    this.#minute = minute;
    this.#count(round);
    return ended;
  }

  /** N3. */
  #alone(minute: number, round: Round): Summary | undefined {
    if (minute === this.#minute) return undefined;
    this.#minute = minute;
    this.#count(round);
    return this.#end(minute);
  }

  #note({ flaws }: Round): undefined {
    for (const told of flaws) this.#flaws.set(`${told.instance} ${told.flaw}`, told);
    return undefined;
  }

  #count(round: Round): void {
    this.#note(round);
    if (round.covered) {
      this.#covered += 1;
      for (const look of round.looks)
        this.#looks.set(look.instance, joined(this.#looks.get(look.instance), look));
    }
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
    const covered = Math.min(1, seen / this.#rounds);
    return summaryOf({ at: minute * MINUTE_MS, covered, looks, modules: this.#modules, flaws });
  }
}
