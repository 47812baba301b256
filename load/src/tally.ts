/** Counts and latencies of a run, in constant memory. */
import type { Answer, Verdict } from './answer.ts';
import type { Turn } from './population.ts';
import { STEPS } from './journey.ts';
import { BusyTime, Histogram, RecentLatency } from './latency.ts';
import type { FailureReason, LatencySummary, RequestRecord, SummaryLine } from './protocol.ts';

/** A request that has ended. */
export interface Ended extends Turn {
  readonly phase: RequestRecord['phase'];
  readonly scheduled: number;
  readonly answer: Answer;
  readonly verdict: Verdict;
}

class Group {
  failed = 0;
  requests = 0;
  readonly latency = new Histogram();

  add(failed: boolean, latencyMs: number): void {
    this.requests += 1;
    if (failed) this.failed += 1;
    this.latency.record(latencyMs);
  }

  summary(): LatencySummary {
    const { requests, failed, latency } = this;
    return { requests, failed, p50Ms: latency.percentile(0.5), p99Ms: latency.percentile(0.99) };
  }
}

const PROGRESS_WINDOW_S = 5;

export class Tally {
  readonly recent = new RecentLatency(PROGRESS_WINDOW_S);
  readonly checkouts = new BusyTime();
  readonly failures: Record<FailureReason, number> = {
    network: 0,
    timeout: 0,
    server_error: 0,
    unexpected_status: 0,
    wrong_answer: 0,
  };
  readonly cards: Record<string, number> = {};
  requests = 0;
  failed = 0;
  writes = 0;
  inFlight = 0;
  epoch: number | null = null;
  mode: string | null = null;
  paid = 0;
  declined = 0;
  outOfStock = 0;
  pending = 0;
  readonly #load = new Group();
  readonly #byMode = new Map<string, Group>();
  readonly #byStep = new Map<string, Group>();
  readonly #sendDelay = new Histogram();

  began(turn: Turn, nowMs: number): void {
    this.inFlight += 1;
    if (turn.step !== 'checkout') return;
    this.checkouts.begin(nowMs);
    const { card } = turn.customer;
    this.cards[card] = (this.cards[card] ?? 0) + 1;
  }

  ended(end: Ended): void {
    const { answer, verdict, step } = end;
    this.inFlight -= 1;
    this.requests += 1;
    if (STEPS[step].writes) this.writes += 1;
    if (verdict.failure !== null) {
      this.failed += 1;
      this.failures[verdict.failure.reason] += 1;
    }
    if (step === 'checkout') this.#checkoutEnded(end);
    if (answer.epoch !== null && answer.epoch >= (this.epoch ?? 0)) {
      this.epoch = answer.epoch;
      this.mode = answer.mode;
    }
    if (end.phase === 'load') this.#timed(end);
  }

  #checkoutEnded({ answer, verdict }: Ended): void {
    this.checkouts.end(answer.done);
    if (verdict.failure !== null) return;
    if (answer.status === 201) this.paid += 1;
    else if (answer.status === 202) this.pending += 1;
    else if (answer.status === 402) this.declined += 1;
    else this.outOfStock += 1;
  }

  #timed({ step, answer, verdict, scheduled }: Ended): void {
    const latencyMs = answer.done - scheduled;
    const failed = verdict.failure !== null;
    this.recent.record(latencyMs);
    this.#load.add(failed, latencyMs);
    group(this.#byMode, answer.mode ?? 'unknown').add(failed, latencyMs);
    group(this.#byStep, step).add(failed, latencyMs);
    this.#sendDelay.record(answer.sent - scheduled);
  }

  /** The counting part of the summary line: counts of all phases, latencies and groups of the load alone. */
  summary(): Pick<
    SummaryLine,
    | keyof LatencySummary
    | 'failures'
    | 'byMode'
    | 'byStep'
    | 'writeShare'
    | 'paidShare'
    | 'cards'
    | 'sendDelayP99Ms'
  > {
    const share = (part: number): number => (this.requests === 0 ? 0 : part / this.requests);
    return {
      ...this.#load.summary(),
      requests: this.requests,
      failed: this.failed,
      failures: this.failures,
      byMode: summaries(this.#byMode),
      byStep: summaries(this.#byStep),
      writeShare: share(this.writes),
      paidShare: share(this.paid),
      cards: this.cards,
      sendDelayP99Ms: this.#sendDelay.percentile(0.99) ?? 0,
    };
  }
}

function group(groups: Map<string, Group>, name: string): Group {
  const found = groups.get(name) ?? new Group();
  groups.set(name, found);
  return found;
}

const summaries = (groups: ReadonlyMap<string, Group>): Record<string, LatencySummary> =>
  Object.fromEntries([...groups].sort().map(([name, each]) => [name, each.summary()]));
