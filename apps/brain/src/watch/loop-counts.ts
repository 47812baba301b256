/** What the loop counts, in plain numbers; put into lines when somebody asks. */
import type { Heard } from '@atlas/brain-advisors';
import type { Summary } from '@atlas/brain-collector';
import { METRICS, type Line } from '@atlas/platform-telemetry';
import { Counts } from './counts.ts';
import type { Outcome } from './proposer.ts';

const { buckets: BOUNDS, name: THINKING } = METRICS.brainThinking;

class Durations {
  readonly #upTo = BOUNDS.map(() => 0);
  #count = 0;
  #seconds = 0;

  add(seconds: number): void {
    this.#count += 1;
    this.#seconds += seconds;
    BOUNDS.forEach((bound, i) => {
      if (seconds <= bound) this.#upTo[i] = (this.#upTo[i] ?? 0) + 1;
    });
  }

  readonly lines = (): Line[] => [
    ...BOUNDS.map((le, i) => ({
      metricName: `${THINKING}_bucket`,
      labels: { le },
      value: this.#upTo[i] ?? 0,
    })),
    { metricName: `${THINKING}_bucket`, labels: { le: '+Inf' }, value: this.#count },
    { metricName: `${THINKING}_sum`, labels: {}, value: this.#seconds },
    { metricName: `${THINKING}_count`, labels: {}, value: this.#count },
  ];
}

const OUTCOMES: Readonly<Record<Outcome['kind'], true>> = {
  ...{ watched: true, 'not-said': true, silent: true, refused: true },
  ...{ accepted: true, unchanged: true, waiting: true, warming: true },
};

const EACH_OUTCOME = Object.keys(OUTCOMES).map((outcome) => ({ outcome }));

/** What the loop counts. */
export class LoopCounts {
  readonly looks = new Counts();
  readonly flaws = new Counts();
  readonly outcomes = new Counts(EACH_OUTCOME);
  readonly guardrailBreaks = new Counts(EACH_OUTCOME);
  readonly advice = new Counts();
  readonly thinking = new Durations();

  looked({ covered, flaws }: Summary): void {
    this.looks.add({ covered: String(covered > 0) });
    for (const { flaw } of flaws) this.flaws.add({ flaw });
  }

  thought(seconds: number): void {
    this.thinking.add(seconds);
  }

  heard(heard: readonly Heard[]): void {
    for (const { advisor, advice } of heard) {
      this.advice.add({ advisor, answer: 'advice' }, advice ? 1 : 0);
      this.advice.add({ advisor, answer: 'silence' }, advice ? 0 : 1);
    }
  }

  /** @param guardrails that the proposal broke */
  became({ kind: outcome }: Outcome, guardrails: readonly string[]): void {
    this.outcomes.add({ outcome });
    if (guardrails.length > 0) this.guardrailBreaks.add({ outcome });
  }
}
