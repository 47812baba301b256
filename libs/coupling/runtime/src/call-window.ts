/**
 * What an operation's calls were like in the last minutes, from sampled roots: the past that a trial is judged against.
 *
 * W1  Whole minutes by the host's monotonic clock: a step of the wall clock moves nothing.
 * W2  It holds at most `MINUTES` of counts, whatever the traffic.
 */
import { bucketOf, type CallCounts } from '@atlas/control-layout';
import { kindOf } from './outcome-kind.ts';
import type { CallObserver, TimedCall } from './observer.ts';

const MINUTE_MS = 60_000;
/** Minutes that count as an operation's own last ones, the running one included. */
export const MINUTES = 6;

/** Counts that grow. */
export class Counter {
  calls = 0;
  errors = 0;
  late = 0;
  readonly #durations = new Map<number, number>();

  count(error: unknown, durationMs: number): void {
    const kind = kindOf(error);
    if (kind === 'ignored') return;
    this.calls += 1;
    if (kind === 'error') this.errors += 1;
    else if (kind === 'late') this.late += 1;
    else this.add(bucketOf(durationMs), 1);
  }

  add(bucket: number, count: number): void {
    this.#durations.set(bucket, (this.#durations.get(bucket) ?? 0) + count);
  }

  merge(other: Counter): void {
    this.calls += other.calls;
    this.errors += other.errors;
    this.late += other.late;
    for (const [bucket, count] of other.#durations) this.add(bucket, count);
  }

  snapshot(): CallCounts {
    const { calls, errors, late } = this;
    return { calls, errors, late, durations: Object.fromEntries(this.#durations) };
  }
}

export class CallWindow implements CallObserver {
  readonly #now: () => number;
  /** Minute → `module.operation` → counts. */
  readonly #minutes = new Map<number, Map<string, Counter>>();

  /** @param now monotonic, ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  called({ module, operation, durationMs, error }: TimedCall): void {
    const minute = Math.floor(this.#now() / MINUTE_MS);
    let counters = this.#minutes.get(minute);
    if (counters === undefined) {
      this.#minutes.set(minute, (counters = new Map()));
      for (const old of this.#minutes.keys()) if (old <= minute - MINUTES) this.#minutes.delete(old);
    }
    const name = `${module}.${operation}`;
    let counter = counters.get(name);
    if (counter === undefined) counters.set(name, (counter = new Counter()));
    counter.count(error, durationMs);
  }

  /** The last minutes of one operation, as of now. */
  of(module: string, operation: string): CallCounts {
    const oldest = Math.floor(this.#now() / MINUTE_MS) - MINUTES;
    const sum = new Counter();
    for (const [minute, counters] of this.#minutes) {
      const counter = minute > oldest ? counters.get(`${module}.${operation}`) : undefined;
      if (counter !== undefined) sum.merge(counter);
    }
    return sum.snapshot();
  }
}
