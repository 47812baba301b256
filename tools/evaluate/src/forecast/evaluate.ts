/** Scores the serving path on one trace: the same `Forecaster` that the brain runs, fed minute by minute. */
import {
  Forecaster,
  HORIZONS_MIN,
  persistence,
  shape,
  type Expert,
  type HorizonMin,
} from '@atlas/brain-forecast';
import { Scorer, type Outcome, type Scores } from './score.ts';
import type { Trace } from './trace.ts';

export interface Cell extends Scores {
  readonly series: string;
  readonly horizonMin: HorizonMin;
  readonly model: string;
}

/** Minutes at the begin of a series that nobody is scored on. */
export const WARM_UP_MIN = 1_500;

/** What is compared. The peers are forecasters of one expert and without correction, so they have bands too. */
const MODELS: Readonly<Record<string, () => Forecaster>> = {
  persistence: () => plain(persistence),
  shape: () => plain(shape),
  mixture: () => new Forecaster(),
};

const plain = (expert: Expert): Forecaster => new Forecaster([expert], { corrected: false });

interface Run {
  readonly model: string;
  readonly forecaster: Forecaster;
  readonly scorers: ReadonlyMap<HorizonMin, Scorer>;
  /** Target minute and horizon → what was said of it. */
  readonly waiting: Map<string, Omit<Outcome, 'actual'>>;
}

function settle({ scorers, waiting }: Run, minute: number, actual: number | undefined): void {
  for (const horizon of HORIZONS_MIN) {
    const key = `${minute}+${horizon}`;
    const said = waiting.get(key);
    waiting.delete(key);
    if (said && actual !== undefined) scorers.get(horizon)?.add({ ...said, actual });
  }
}

function ask({ forecaster, waiting }: Run, now: number): void {
  for (const { horizonMin, minute, rps, band80 } of forecaster.forecast())
    waiting.set(`${minute}+${horizonMin}`, { forecast: rps, band80, now });
}

/** Every model on every horizon. */
export function evaluate(trace: Trace): Cell[] {
  const { series, minutes, rates } = trace;
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const runs: Run[] = Object.entries(MODELS).map(([model, make]) => ({
    model,
    forecaster: make(),
    scorers: new Map(HORIZONS_MIN.map((horizon) => [horizon, new Scorer(mean)])),
    waiting: new Map(),
  }));
  const first = minutes[0] ?? 0;
  minutes.forEach((minute, i) => {
    const rate = rates[i] ?? 0;
    for (const run of runs) {
      settle(run, minute, rate);
      run.forecaster.push(minute, rate);
      if (minute - first >= WARM_UP_MIN) ask(run, rate);
    }
  });
  return runs.flatMap(({ model, scorers }) =>
    [...scorers].map(([horizonMin, scorer]) => ({ series, horizonMin, model, ...scorer.scores() })),
  );
}
