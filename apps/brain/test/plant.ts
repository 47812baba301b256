/**
 * A shop as a plain model, in real seconds: what arrives, what a shape bears of it, what waits. No processes, no noise but
 * that of the arrivals, the same at each run.
 *
 * L1  A shape bears its capacity and no more; what it does not bear waits, and is answered in the order in which it came.
 * L2  More than `MOST_WAIT_S` of work is refused: an edge gives up what waits too long.
 * L3  Its metrics are an answer like others: they wait behind what waits.
 * L4  A shape in which a service is ill answers a part with errors.
 */
import type { Capacity } from '@atlas/brain-decision';
import { BUNDLE, modeOf, type Layout } from '@atlas/control-layout';
import { METRICS } from '@atlas/platform-telemetry';
import type { ModelledSwitcher } from './modelled-switcher.ts';

const STEP_S = 0.05;
/** Within this, a round waits for metrics. */
const LOOK_S = 0.8;
/** L2. */
const MOST_WAIT_S = 2;
/** Of an answer that waited for nothing. */
const SERVICE_S = 0.02;
/** By the intent 1 of 100 answers may take longer, and 5 of 1,000 may fail. */
const SLOW_SHARE = 0.01;
const FAILED_SHARE = 0.005;
/** L4. */
const ILL_SHARE = 0.05;

export interface PlantOptions {
  readonly capacity: Capacity;
  readonly intentP99Ms: number;
  /** Requests per second in each real second. */
  readonly rates: readonly number[];
  readonly switcher: ModelledSwitcher;
}

/** What was answered in a second. */
interface Tally {
  answers: number;
  slow: number;
  failed: number;
}

const bearsOf = (layout: Layout, { tight, tight2, hybrid, loose }: Capacity): number => {
  const mode = modeOf(layout);
  if (mode !== 'tight') return mode === 'hybrid' ? hybrid : loose;
  return (layout.instances[BUNDLE] ?? 1) > 1 ? tight2 : tight;
};

const { buckets: BOUNDS } = METRICS.edgeDuration;

export class Plant {
  /** Seconds in which the intent was missed. */
  readonly missed: number[] = [];
  readonly #options: PlantOptions;
  #atS = 0;
  #waiting = 0;
  #asked: { readonly dueS: number; readonly resolve: (text: string) => void }[] = [];
  #arrived = 0;
  #failed = 0;
  #seconds = 0;
  #cpu = 1;
  readonly #upTo = BOUNDS.map(() => 0);
  #answered = 0;

  constructor(options: PlantOptions) {
    this.#options = options;
  }

  /** L3. The whole shop's counters, as one host's. */
  metrics(): Promise<string> {
    const dueS = this.#atS + this.#waiting / this.#bears();
    if (dueS <= this.#atS + LOOK_S) return Promise.resolve(this.#text());
    return new Promise((resolve) => this.#asked.push({ dueS, resolve }));
  }

  #text(): string {
    const of = 'operation="cart.get",mode="tight",epoch="1"';
    const buckets = [...BOUNDS, '+Inf'].map(
      (le, i) =>
        `atlas_edge_request_duration_seconds_bucket{${of},le="${le}"} ${this.#upTo[i] ?? this.#answered}`,
    );
    return [
      `process_cpu_seconds_total ${this.#cpu}`,
      `atlas_edge_arrivals_total{operation="cart.get"} ${this.#arrived}`,
      `atlas_edge_requests_total{${of},status="200"} ${this.#answered - this.#failed}`,
      `atlas_edge_requests_total{${of},status="503"} ${this.#failed}`,
      ...buckets,
      `atlas_edge_request_duration_seconds_sum{${of}} ${this.#seconds}`,
    ].join('\n');
  }

  /** L1: a second passes. */
  second(): void {
    const rate = this.#options.rates[Math.floor(this.#atS + STEP_S / 2)] ?? 0;
    const second = Math.floor(this.#atS + STEP_S / 2);
    const tally: Tally = { answers: 0, slow: 0, failed: 0 };
    for (let step = 0; step < Math.round(1 / STEP_S); step += 1) this.#step(rate, tally);
    this.#cpu += 0.2;
    const { answers, slow, failed } = tally;
    if (slow > SLOW_SHARE * answers || failed > FAILED_SHARE * answers) this.missed.push(second);
  }

  #step(rate: number, tally: Tally): void {
    this.#atS += STEP_S;
    const { switcher } = this.#options;
    switcher.advance(this.#atS);
    for (const { resolve } of this.#asked.filter(({ dueS }) => dueS <= this.#atS)) resolve(this.#text());
    this.#asked = this.#asked.filter(({ dueS }) => dueS > this.#atS);
    const bears = this.#bears();
    const come = rate * STEP_S;
    this.#arrived += come;
    const room = Math.max(0, bears * (MOST_WAIT_S + STEP_S) - this.#waiting);
    const refused = Math.max(0, come - room); // L2
    const latencyS = SERVICE_S + this.#waiting / bears;
    const answers = Math.min(this.#waiting + come - refused, bears * STEP_S);
    this.#waiting += come - refused - answers;
    this.#count(answers, latencyS);
    this.#count(refused, 0.001);
    const failed = refused + (switcher.ill ? ILL_SHARE * answers : 0); // L4
    this.#failed += failed;
    tally.answers += answers + refused;
    tally.failed += failed;
    if (latencyS * 1_000 > this.#options.intentP99Ms) tally.slow += answers;
  }

  #count(answers: number, seconds: number): void {
    this.#answered += answers;
    this.#seconds += answers * seconds;
    BOUNDS.forEach((bound, i) => {
      if (seconds <= bound) this.#upTo[i] = (this.#upTo[i] ?? 0) + answers;
    });
  }

  #bears = (): number => bearsOf(this.#options.switcher.shape.layout, this.#options.capacity);
}
