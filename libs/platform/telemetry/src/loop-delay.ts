/**
 * How long the event loop lets what is due wait. Node's own monitor leaves out the time from its reset to the next tick
 * of its timer: of a loop that stands still from one scrape to the next it tells nothing.
 *
 * L1  No time is left out, that since the last tick included.
 * L2  Who asks soon after another is told of the same time once more: no scrape takes anything from another.
 */
import { createHistogram, type Histogram } from 'node:perf_hooks';

/** Seconds. */
export interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Each tick wakes a process that may have nothing else to do. */
const TICK_MS = 200;
/** L2: less than the second after which the brain asks again. */
const SOON_MS = 900;
/** Microseconds, up to an hour. */
const RANGE = { lowest: 1, highest: 3.6e9, figures: 2 };

const delaysOf = (late: Histogram): Delays => ({
  p50: late.percentile(50) / 1e6,
  p99: late.percentile(99) / 1e6,
  max: late.max / 1e6,
});

export class LoopDelay {
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #late = createHistogram(RANGE);
  #lateBefore = createHistogram(RANGE);
  #tickedAt: number;
  #since: number;

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#tickedAt = this.#since = now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Since it was read before, or soon after that since the time before that. */
  read(): Delays {
    const now = this.#now();
    if (now - this.#tickedAt > TICK_MS) this.#tick(); // L1
    if (now - this.#since < SOON_MS) {
      const both = createHistogram(RANGE);
      both.add(this.#lateBefore);
      both.add(this.#late);
      return delaysOf(both);
    }
    this.#since = now;
    [this.#late, this.#lateBefore] = [this.#lateBefore, this.#late];
    this.#late.reset();
    return delaysOf(this.#lateBefore);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = this.#now();
    const lateMs = Math.max(0, now - this.#tickedAt - TICK_MS);
    this.#tickedAt = now;
    this.#late.record(Math.min(RANGE.highest, Math.round(lateMs * 1_000) + RANGE.lowest));
  }
}
