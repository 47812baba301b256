/**
 * How far one consumer is behind the event log: the age of the moment up to which it is done with all events.
 *
 * G1  That moment is when the oldest event that is not done was written, or, when all are done, when the log was last
 *     looked at, or, before the first look, when the lock was taken: so a log that nobody can read is lag too.
 * G2  Only who holds the lock knows. Who loses it says nothing any more.
 * G3  What a look did not return is done, unless its aggregate was left out of the look.
 */
import type { Event } from '@atlas/platform-event-log';

type Known = Pick<Event, 'id' | 'aggregateId' | 'at'>;

export interface LagClocks {
  /** Ms since 1970, to be compared with an event's `at`. */
  readonly wallMs: () => number;
  /** Ms of a clock that never jumps. */
  readonly steadyMs: () => number;
}

interface Open {
  readonly aggregateId: string;
  /** On the steady clock, ms. */
  readonly sinceMs: number;
}

export class LogLag {
  readonly #clocks: LagClocks;
  #open = new Map<string, Open>();
  /** G1; undefined without the lock. */
  #lookedAtMs: number | undefined;

  constructor(clocks: LagClocks) {
    this.#clocks = clocks;
  }

  /** The lock is ours. Idempotent. */
  held(): void {
    this.#lookedAtMs ??= this.#clocks.steadyMs();
  }

  /**
   * A look at the log has found these events, oldest first.
   * @param beganMs when it began, on the steady clock
   * @param except aggregates that were left out of it
   */
  looked(events: readonly Known[], beganMs: number, except: readonly string[]): void {
    const { wallMs, steadyMs } = this.#clocks;
    const leftOut = new Set(except);
    const open = new Map([...this.#open].filter(([, { aggregateId }]) => leftOut.has(aggregateId))); // G3
    for (const { id, aggregateId, at } of events) {
      const known = this.#open.get(id);
      open.set(id, known ?? { aggregateId, sinceMs: steadyMs() - Math.max(0, wallMs() - at) });
    }
    this.#open = open;
    this.#lookedAtMs = beganMs;
  }

  done({ id }: Pick<Event, 'id'>): void {
    this.#open.delete(id);
  }

  /** G2. */
  lost(): void {
    this.#open.clear();
    this.#lookedAtMs = undefined;
  }

  /** Undefined without the lock (G2). */
  seconds(): number | undefined {
    if (this.#lookedAtMs === undefined) return undefined;
    let moment = this.#lookedAtMs; // G1
    for (const { sinceMs } of this.#open.values()) moment = Math.min(moment, sinceMs);
    return Math.max(0, this.#clocks.steadyMs() - moment) / 1_000;
  }
}
