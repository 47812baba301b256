/**
 * How many standby calls a bundle runs at once: as many as its event loop has room for.
 * Additive increase, multiplicative decrease on event-loop utilisation, so that a bundle that takes over for a
 * crashed service stays able to serve its own work. Above the cap calls are refused with `overloaded`.
 *
 * A call that runs in the standby brings along what it calls there itself: were those refused, the places would be
 * full of work that cannot be finished.
 *
 * G1  minimum ≤ cap ≤ maximum.
 * G2  The cap grows only while it is being used, so an idle bundle does not promise what it never proved.
 * G3  It shrinks only while calls run under it, and is the initial one again once none did: that the loop was full some
 *     time before a service died is no reason to refuse that service's calls.
 */
export interface StandbyGateOptions {
  /** 32 by default: what a loop has in flight that is full nine tenths of the time, and keeps up. */
  readonly minimum?: number;
  /** 1,024 by default. */
  readonly maximum?: number;
  /** 64 by default. */
  readonly initial?: number;
}

/** Event-loop utilisation (0–1) above which the cap shrinks, and below which it may grow. */
const BUSY = 0.9;
const ROOMY = 0.75;

export class StandbyGate {
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #initial: number;
  #cap: number;
  #inUse = 0;
  #used = false;
  #pressed = false;

  constructor(options: StandbyGateOptions = {}) {
    this.#minimum = options.minimum ?? 32;
    this.#maximum = options.maximum ?? 1024;
    this.#initial = Math.min(this.#maximum, Math.max(this.#minimum, options.initial ?? 64));
    this.#cap = this.#initial;
  }

  get cap(): number {
    return this.#cap;
  }
  get inUse(): number {
    return this.#inUse;
  }

  /** Takes a place; false when there is none. */
  enter(): boolean {
    this.#used = true;
    if (this.#inUse >= this.#cap * 0.8) this.#pressed = true;
    if (this.#inUse >= this.#cap) return false;
    this.#inUse += 1;
    return true;
  }

  leave(): void {
    this.#inUse -= 1;
  }

  /** Adjusts the cap to the utilisation measured since the last call (G1–G3). */
  sample(utilisation: number): void {
    if (!this.#used) this.#cap = this.#initial;
    else if (utilisation > BUSY) this.#cap = Math.max(this.#minimum, Math.floor(this.#cap * 0.7));
    else if (utilisation < ROOMY && this.#pressed) this.#cap = Math.min(this.#maximum, this.#cap + 8);
    this.#pressed = false;
    this.#used = this.#inUse > 0;
  }
}
