/** The advisors beside the table. */
import { decide } from '@atlas/brain-decision';
import {
  conflictLine,
  LEAST_WINDOWS,
  objective,
  optimise,
  predict,
  termsLine,
  usage,
  type Calibrated,
  type Intent,
  type Optimum,
  type Site,
  type Situation,
} from '@atlas/brain-optimiser';
import type { Advice, Advisor, Answer, Question } from './advisor.ts';

/** What the optimiser searches with; undefined while nothing is known. */
export interface Known extends Calibrated {
  readonly site: Site;
  readonly intent: Intent;
  /** When the costs were learned, real ms since 1970. */
  readonly learnedAtMs: number;
}

/** A layout must be better by this share than the one in force to be worth a switch. */
const WORTHWHILE = 0.05;

/** What the model says of the layout in force and what was measured may differ by this factor. */
const AGREES = 2;

const whyNone = (optimum: Exclude<Optimum, { readonly kind: 'best' }>, situation: Situation): string =>
  optimum.kind === 'unknown' ? optimum.because : conflictLine(optimum.conflicts, situation);

/** Why nothing is to be said of latency; undefined: its model agrees with what was measured. */
function whyUnfit({ windows, fit }: Known): string | undefined {
  if (!fit)
    return `latency was measured in ${windows} of ${LEAST_WINDOWS} windows that are needed; those of a switch, its trial, a start or a gap do not count`;
  const { predictedMs, measuredMs } = fit;
  const factor = Math.max(predictedMs / measuredMs, measuredMs / predictedMs);
  return factor <= AGREES
    ? undefined
    : `its model says p99 ${Math.round(predictedMs)} ms, ${Math.round(measuredMs)} ms was measured`;
}

/** Searches for the load of the next quarter of an hour; silent when nothing is proved. */
export const optimiserAdvisor = (known: () => Known | undefined): Advisor => ({
  name: 'optimiser',
  advise: ({ seen, outlook }): Answer => {
    const found = known();
    if (!found) return 'has no costs yet: too little was answered';
    const unfit = whyUnfit(found);
    if (unfit !== undefined) return unfit;
    const { costs, site, intent } = found;
    const situation = { costs, site, rps: Math.max(seen.rps, outlook.in5Rps, outlook.in15Rps) };
    const optimum = optimise(seen.layout, situation, intent);
    if (optimum.kind !== 'best') return whyNone(optimum, situation);
    const now = predict(seen.layout, situation);
    const kept = Object.values(usage(now, intent)).every((used) => used <= 1);
    const gain = kept ? 1 - optimum.objective / objective(now, intent) : 1;
    const rate = `${Math.round(situation.rps)} requests/s`;
    if (!(gain >= WORTHWHILE))
      return {
        to: seen.layout,
        confidence: 1,
        because: `nothing is better by 5 % under ${rate}: ${termsLine(now, intent)}`,
      };
    const p99 = `p99 ${optimum.prediction.p99Ms.toFixed(1)} ms`;
    const cost = `${optimum.prediction.usdPerDay.toFixed(2)} USD a day`;
    const why = kept
      ? `better by ${Math.round(gain * 100)} %`
      : 'the layout in force does not keep the intent';
    return {
      to: optimum.layout,
      confidence: Math.min(1, 0.5 + gain),
      because: `${why} under ${rate}: ${p99}, ${cost}, ${termsLine(optimum.prediction, intent)}`,
    };
  },
});

/** The table, asked about the upper end of the forecast's 80 % band; the wider the band, the less sure. */
export const forecastAdvisor: Advisor = {
  name: 'forecast',
  advise: ({ seen, outlook, high, policy, state }: Question): Advice => {
    const { proposal } = decide(seen, high, policy, state);
    const expected = Math.max(1, outlook.in5Rps);
    return {
      to: proposal.kind === 'move' ? proposal.to : seen.layout,
      confidence: Math.min(1, expected / Math.max(1, high.in5Rps)),
      because: `up to ${Math.round(high.in5Rps)} requests/s within 5 minutes, ${Math.round(outlook.in5Rps)} expected`,
    };
  },
};
