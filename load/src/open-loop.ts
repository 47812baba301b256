import { nowMs } from './clock.ts';

/**
 * Calls `fire` for each arrival at its time, however long answers take (no coordinated omission): an arrival that the
 * process was too busy to serve in time is fired as soon as possible, with the time at which it was due.
 */
export class OpenLoop {
  readonly #arrivals: Iterator<number, void>;
  readonly #fire: (dueMs: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #done: () => void = () => undefined;

  /** `arrivals` in milliseconds after the start, ascending. */
  constructor(arrivals: Iterator<number, void>, fire: (dueMs: number) => void) {
    this.#arrivals = arrivals;
    this.#fire = fire;
  }

  /** Resolves after the last arrival, or when stopped; answers may still be on their way. */
  run(startMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve;
      if (this.#stopped) resolve();
      else this.#proceed(startMs, this.#arrivals.next());
    });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#done();
  }

  #proceed(startMs: number, from: IteratorResult<number, void>): void {
    const now = nowMs();
    let next = from;
    while (next.done !== true && startMs + next.value <= now && !this.#stopped) {
      this.#fire(startMs + next.value);
      next = this.#arrivals.next();
    }
    if (next.done === true || this.#stopped) return this.#done();
    const upcoming = next;
    this.#timer = setTimeout(() => this.#proceed(startMs, upcoming), startMs + next.value - now);
  }
}
