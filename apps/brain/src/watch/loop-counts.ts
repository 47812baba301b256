/** What the loop counts, in plain numbers; put into lines when somebody asks. */
import type { Summary } from '@atlas/brain-collector';
import { METRICS, type Line } from '@atlas/platform-telemetry';
import type { Outcome } from './proposer.ts';

/** Counts, label → number. */
class Counts {
  readonly #counts: Map<string, number>;

  /** @param labels that are told from the beginning: Prometheus sees no growth in what was not there before */
  constructor(labels: readonly string[] = []) {
    this.#counts = new Map(labels.map((label) => [label, 0]));
  }

  add(label: string): void {
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1);
  }

  readonly lines = (name: string) => (): Line[] =>
    [...this.#counts].map(([label, value]) => ({ labels: { [name]: label }, value }));
}

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

/** What the loop counts. */
export class LoopCounts {
  readonly looks = new Counts();
  readonly flaws = new Counts();
  readonly outcomes = new Counts(Object.keys(OUTCOMES));
  readonly thinking = new Durations();

  looked({ covered, flaws }: Summary): void {
    this.looks.add(String(covered > 0));
    for (const { flaw } of flaws) this.flaws.add(flaw);
  }

  thought(seconds: number): void {
    this.thinking.add(seconds);
  }

  became({ kind }: Outcome): void {
    this.outcomes.add(kind);
  }
}
