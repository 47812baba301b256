/**
 * The beat of a process's connections, and its own watch over itself: an event loop that stood still longer than a
 * lease must not act on what had piled up meanwhile.
 *
 * P1  A stand-still is told before anything that waited in the sockets is acted on: `check` runs before each read.
 */
export interface PulseOptions {
  /** 250 by default; well below `standStillMs`. */
  readonly everyMs?: number;
  /** A lease's life, 3,000 by default. */
  readonly standStillMs?: number;
  /** Monotonic clock, ms; `performance.now` by default. */
  readonly clock?: () => number;
}

export interface PulseListener {
  /** `now` is monotonic, in ms. */
  onBeat(now: number): void;
  onStandStill(): void;
}

export class Pulse {
  readonly #standStillMs: number;
  readonly #listeners = new Set<PulseListener>();
  readonly #timer: NodeJS.Timeout;
  readonly #clock: () => number;
  #last: number;

  constructor(options: PulseOptions = {}) {
    this.#clock = options.clock ?? (() => performance.now());
    this.#last = this.#clock();
    this.#standStillMs = options.standStillMs ?? 3_000;
    this.#timer = setInterval(() => this.#beat(), options.everyMs ?? 250).unref();
  }

  /** Monotonic time of the last beat or check, in ms; good enough for judging silence. */
  get now(): number {
    return this.#last;
  }

  add(listener: PulseListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: PulseListener): void {
    this.#listeners.delete(listener);
  }

  /** Notes a stand-still if there was one (P1). */
  check(): void {
    const now = this.#clock();
    const stood = now - this.#last > this.#standStillMs;
    this.#last = now;
    if (stood) for (const listener of [...this.#listeners]) listener.onStandStill();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #beat(): void {
    this.check();
    for (const listener of [...this.#listeners]) listener.onBeat(this.#last);
  }
}
