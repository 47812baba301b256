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
  /** `awake` as of `Pulse`. */
  onBeat(awake: number): void;
  onStandStill(): void;
}

/** Of the time between two beats or checks no more counts as time awake, ms: several beats, so that only a halt is cut. */
const GAP_MS = 1_000;

export class Pulse {
  readonly #standStillMs: number;
  readonly #listeners = new Set<PulseListener>();
  readonly #timer: NodeJS.Timeout;
  readonly #clock: () => number;
  #last: number;
  #awake = 0;

  constructor(options: PulseOptions = {}) {
    this.#clock = options.clock ?? (() => performance.now());
    this.#last = this.#clock();
    this.#standStillMs = options.standStillMs ?? 3_000;
    this.#timer = setInterval(() => this.#beat(), options.everyMs ?? 250).unref();
  }

  /**
   * How long this process has run until the last beat or check, in ms, good enough for judging silence: time in which it
   * was halted, and heard nobody, hardly counts.
   */
  get awake(): number {
    return this.#awake;
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
    const gap = now - this.#last;
    const stood = gap > this.#standStillMs;
    this.#last = now;
    this.#awake += Math.min(gap, GAP_MS);
    if (stood) for (const listener of [...this.#listeners]) listener.onStandStill();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #beat(): void {
    this.check();
    for (const listener of [...this.#listeners]) listener.onBeat(this.#awake);
  }
}
