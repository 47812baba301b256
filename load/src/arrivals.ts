/** When requests arrive: a Poisson process whose rate follows a plan. Open loop: answers play no part in it. */
import { exponential, type Random } from './random.ts';

/** A rate that is constant within each bin. */
export interface RatePlan {
  /** Requests per second. */
  readonly bins: readonly number[];
  /** Length of one bin in seconds. */
  readonly binS: number;
  /** Whether it starts over after the last bin. */
  readonly repeats: boolean;
}

/** The trace's shape, sped up to take `durationS` and scaled so that its highest bin is `peakRps`. */
export function replayPlan(
  rates: readonly number[],
  size: { readonly durationS: number; readonly peakRps: number; readonly repeats: boolean },
): RatePlan {
  const scale = size.peakRps / Math.max(...rates);
  return {
    bins: rates.map((rate) => rate * scale),
    binS: size.durationS / rates.length,
    repeats: size.repeats,
  };
}

/** The same rate all the time; `durationS` 0 means endless. */
export const steadyPlan = (rps: number, durationS: number): RatePlan => ({
  bins: [rps],
  binS: durationS === 0 ? 60 : durationS,
  repeats: durationS === 0,
});

/** Length of one pass in milliseconds. */
export const passMs = (plan: RatePlan): number => plan.bins.length * plan.binS * 1_000;

/** Requests per second that the plan asks for at `atMs` after its start; 0 after its end. */
export function rateAt(plan: RatePlan, atMs: number): number {
  const bin = Math.floor(atMs / 1_000 / plan.binS);
  return plan.bins[plan.repeats ? bin % plan.bins.length : bin] ?? 0;
}

/** Average requests per second over one pass. */
export const meanRate = (plan: RatePlan): number =>
  plan.bins.reduce((sum, rate) => sum + rate, 0) / plan.bins.length;

/**
 * Arrival times in milliseconds after the start, ascending: unit-rate exponential steps on the plan's integral,
 * which makes the process exact for any plan.
 */
export function* arrivals(plan: RatePlan, random: Random): Generator<number, void, undefined> {
  let credit = exponential(random);
  for (let bin = 0; plan.repeats || bin < plan.bins.length; bin++) {
    const rate = plan.bins[bin % plan.bins.length] ?? 0;
    let at = bin * plan.binS;
    const end = at + plan.binS;
    while (rate > 0 && credit <= rate * (end - at)) {
      at += credit / rate;
      yield at * 1_000;
      credit = exponential(random);
    }
    credit -= rate * (end - at);
  }
}
