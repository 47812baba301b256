/** What Prometheus hears of the brain. */
import { createProcessMetrics, type Line, type ProcessMetrics } from '@atlas/platform-telemetry';
import type { Council } from './council.ts';
import type { Mind } from './mind.ts';
import type { Watch } from './watch.ts';

const yes = (truth: boolean): number => (truth ? 1 : 0);
const one = (value: number): Line[] => [{ labels: {}, value }];

export interface Told {
  readonly watch: Pick<Watch, 'health' | 'counts'>;
  readonly mind: Pick<Mind, 'last' | 'memory' | 'totals' | 'anomaly'>;
  readonly council: Pick<Council, 'trust'>;
}

function rates({ mind }: Told): Line[] {
  const now = mind.last ? [{ labels: { horizon: '0' }, value: mind.last.observation.rps }] : [];
  const ahead = mind.totals();
  return [...now, ...ahead.map(({ horizonMin, rps }) => ({ labels: { horizon: horizonMin }, value: rps }))];
}

const bands = ({ mind }: Told): Line[] =>
  mind
    .totals()
    .flatMap(({ horizonMin: horizon, band80 }) =>
      Object.entries(band80).map(([limit, value]) => ({ labels: { horizon, limit }, value })),
    );

/** @returns to be closed with the brain */
export function brainMetrics(told: Told): ProcessMetrics {
  const { watch, mind, council } = told;
  const { looks, flaws, outcomes, guardrailBreaks, advice, thinking } = watch.counts;
  const metrics = createProcessMetrics();
  metrics.read('brainLevel', () => one(watch.health().autonomy.effective));
  metrics.read('brainFrozen', () => one(yes(watch.health().autonomy.frozen !== null)));
  metrics.read('brainDeciding', () => one(yes(mind.last !== undefined)));
  metrics.read('brainContact', () => {
    const { switcher, store } = watch.health();
    return Object.entries({ switcher, store }).map(([to, { contact }]) => ({
      labels: { to },
      value: yes(contact),
    }));
  });
  metrics.read('brainWaitingSeconds', () => one(watch.health().store.waitingSeconds));
  metrics.read('brainLooks', looks.lines);
  metrics.read('brainFlaws', flaws.lines);
  metrics.read('brainOutcomes', outcomes.lines);
  metrics.read('brainGuardrailBreaks', guardrailBreaks.lines);
  metrics.read('brainAdvice', advice.lines);
  metrics.read('brainTrust', () =>
    Object.entries(council.trust).map(([advisor, value]) => ({ labels: { advisor }, value })),
  );
  metrics.read('brainThinking', thinking.lines);
  metrics.read('anomalyScore', () => (mind.anomaly ? one(mind.anomaly.score) : []));
  metrics.read('brainRate', () => rates(told));
  metrics.read('brainRateBand', () => bands(told));
  metrics.read('brainForecasts', mind.memory.bands.counts.lines);
  return metrics;
}
