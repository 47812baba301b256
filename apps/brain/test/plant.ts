/**
 * A shop as a plain model, in real seconds: what arrives, what a shape bears of it, what waits. No processes, no noise but
 * that of the arrivals, the same at each run.
 *
 * L1  A shape bears its capacity and no more; what it does not bear waits, and is answered in the order in which it came.
 * L2  More than `MOST_WAIT_S` of work is refused: an edge gives up what waits too long.
 * L3  Its metrics are an answer like others: they wait behind what waits.
 * L4  A switch takes effect after the time in which what it needs has started: nothing is needed of what is kept warm. The
 *     former shape serves until then. One switch at a time, and an emergency waits for it, too.
 */
import type { Capacity } from '@atlas/brain-decision';
import { BUNDLE, modeOf, sameLayout, type Layout } from '@atlas/control-layout';
import { METRICS } from '@atlas/platform-telemetry';
import type { Shape } from '../src/watch/thought.ts';
import type { Said, Voice, Wish } from '../src/watch/voice.ts';

/** Seconds until a host that starts is of use, and in which a switch is done when all it needs is there. */
export const START_S = 3;
const SWITCH_S = 0.3;
/** Pre-warmed services stay for so long, ms. */
const WARM_MS = 15 * 60_000;
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

export interface PlantOptions {
  readonly capacity: Capacity;
  readonly intentP99Ms: number;
  readonly shape: Shape;
  /** Requests per second in each real second. */
  readonly rates: readonly number[];
  /** Real time, ms since 1970. */
  readonly nowMs: () => number;
}

/** What was answered in a second. */
interface Tally {
  answers: number;
  slow: number;
  failed: number;
}

const servicesOf = ({ placements }: Layout): string[] =>
  Object.keys(placements).filter((module) => placements[module] === 'service');

const bearsOf = (layout: Layout, { tight, tight2, hybrid, loose }: Capacity): number => {
  const mode = modeOf(layout);
  if (mode !== 'tight') return mode === 'hybrid' ? hybrid : loose;
  return (layout.instances[BUNDLE] ?? 1) > 1 ? tight2 : tight;
};

const { buckets: BOUNDS } = METRICS.edgeDuration;

export class Plant implements Voice {
  shape: Shape;
  /** Seconds in which the intent was missed. */
  readonly missed: number[] = [];
  /** Second → the layout that was put in force in it, and who asked for it why. */
  readonly moves: { readonly atS: number; readonly to: Layout; readonly reason: string }[] = [];
  readonly #options: PlantOptions;
  #atS = 0;
  #waiting = 0;
  #coming: { readonly to: Layout; readonly reason: string; readonly dueS: number } | undefined;
  /** Service → from when on it is warm, s. */
  #warm = new Map<string, number>();
  #asked: { readonly dueS: number; readonly resolve: (text: string) => void }[] = [];
  #arrived = 0;
  #refused = 0;
  #seconds = 0;
  #cpu = 1;
  readonly #upTo = BOUNDS.map(() => 0);
  #answered = 0;

  constructor(options: PlantOptions) {
    this.#options = options;
    this.shape = options.shape;
  }

  /** L3. The whole shop's counters, as one host's. */
  metrics(): Promise<string> {
    const dueS = this.#atS + this.#waiting / bearsOf(this.shape.layout, this.#options.capacity);
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
      `atlas_edge_requests_total{${of},status="200"} ${this.#answered - this.#refused}`,
      `atlas_edge_requests_total{${of},status="503"} ${this.#refused}`,
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
    const ready = (module: string): number => ((this.#warm.get(module) ?? Infinity) <= this.#atS ? 1 : 0);
    this.shape = { ...this.shape, ready: { cart: ready('cart'), catalog: ready('catalog') } };
    this.#commit();
    for (const { resolve } of this.#asked.filter(({ dueS }) => dueS <= this.#atS)) resolve(this.#text());
    this.#asked = this.#asked.filter(({ dueS }) => dueS > this.#atS);
    const bears = bearsOf(this.shape.layout, this.#options.capacity);
    const come = rate * STEP_S;
    this.#arrived += come;
    const room = Math.max(0, bears * (MOST_WAIT_S + STEP_S) - this.#waiting);
    const refused = Math.max(0, come - room); // L2
    const latencyS = SERVICE_S + this.#waiting / bears;
    const answers = Math.min(this.#waiting + come - refused, bears * STEP_S);
    this.#waiting += come - refused - answers;
    this.#count(answers, latencyS);
    this.#count(refused, 0.001);
    this.#refused += refused;
    tally.answers += answers + refused;
    tally.failed += refused;
    if (latencyS * 1_000 > this.#options.intentP99Ms) tally.slow += answers;
  }

  #count(answers: number, seconds: number): void {
    this.#answered += answers;
    this.#seconds += answers * seconds;
    BOUNDS.forEach((bound, i) => {
      if (seconds <= bound) this.#upTo[i] = (this.#upTo[i] ?? 0) + answers;
    });
  }

  /** L4. */
  #commit(): void {
    if (!this.#coming || this.#atS < this.#coming.dueS) return;
    const { to, reason } = this.#coming;
    this.#coming = undefined;
    this.shape = { ...this.shape, epoch: this.shape.epoch + 1, layout: to, coming: null };
    this.moves.push({ atS: Number(this.#atS.toFixed(2)), to, reason });
  }

  say = (wish: Wish): Promise<Said> => Promise.resolve(this.#said(wish));

  #said({ kind, to, basedOnEpoch, reason, guardrails, source }: Wish): Said {
    const refused = (code: string): Said => ({ kind: 'refused', code, detail: code });
    if (kind === 'pre-warm') {
      this.#warmUp(to);
      return { kind: 'warming', until: new Date(this.#options.nowMs() + WARM_MS).toISOString() };
    }
    if (this.#coming) return refused('switch_in_progress');
    if (basedOnEpoch !== this.shape.epoch) return refused('stale');
    if (sameLayout(to, this.shape.layout)) return { kind: 'unchanged' };
    if (guardrails.length > 0 && source === 'brain') return refused('refused_by_policy');
    this.#coming = { to, reason, dueS: Math.max(this.#readyS(to), this.#atS) + SWITCH_S };
    this.shape = { ...this.shape, coming: to };
    return { kind: 'accepted', switchId: `sw-${this.shape.epoch}` };
  }

  #warmUp(to: Layout): void {
    for (const service of servicesOf(to))
      if (!this.#warm.has(service)) this.#warm.set(service, this.#atS + START_S);
  }

  /** When what a layout needs has started. What served stays warm for a while, and for longer than a surge lasts here. */
  #readyS(to: Layout): number {
    const further = (to.instances[BUNDLE] ?? 1) > (this.shape.layout.instances[BUNDLE] ?? 1);
    this.#warmUp(to);
    const services = servicesOf(to).map((service) => this.#warm.get(service) ?? 0);
    return Math.max(0, ...services, further ? this.#atS + START_S : 0);
  }
}
