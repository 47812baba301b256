/**
 * How many standby calls a bundle runs at once: as many as its event loop has room for.
 * Additive increase, multiplicative decrease on event-loop utilisation, so that a bundle that takes over for a
 * crashed service stays able to serve its own work. Above the cap calls wait for a place, and are refused with
 * `overloaded` when none comes: a burst of calls costs time, work beyond what the host bears is turned away.
 *
 * A call that runs in the standby brings along what it calls there itself: were those refused, the places would be
 * full of work that cannot be finished.
 *
 * G1  minimum ≤ cap ≤ maximum.
 * G2  The cap grows only while it is being used, or waited for, so an idle bundle does not promise what it never proved.
 * G3  It shrinks only while calls run under it, and is the initial one again once none did: that the loop was full some
 *     time before a service died is no reason to refuse that service's calls.
 * G4  Who waits is placed in order of arrival, and none that come later before. Nobody waits longer than the patience;
 *     once somebody has in vain, newcomers are turned away until nobody waits any more, so that a host that is beyond its
 *     bounds for long does not let everyone wait for nothing.
 */
export interface StandbyGateOptions {
  /** 32 by default: what a loop has in flight that is full nine tenths of the time, and keeps up. */
  readonly minimum?: number;
  /** 1,024 by default. */
  readonly maximum?: number;
  /** 64 by default. */
  readonly initial?: number;
  /** In ticks, so that time in which the process was halted does not count; 40 by default, about one second. */
  readonly patience?: number;
  /** Most that wait; 256 by default, a part of what a connection has in flight: others have to get through. */
  readonly queue?: number;
}

/** Waits for a place; told one of the two, once. */
export interface PlaceWaiter {
  /** It has a place now, to be left as any other. */
  placed(): void;
  turnedAway(): void;
}

/** Event-loop utilisation (0–1) above which the cap shrinks, and below which it may grow. */
const BUSY = 0.9;
const ROOMY = 0.75;

export class StandbyGate {
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #initial: number;
  readonly #patience: number;
  readonly #queue: number;
  /** The tick since which they wait, in order of arrival. */
  readonly #waiting = new Map<PlaceWaiter, number>();
  #ticks = 0;
  /** Somebody has waited in vain, and others still wait (G4). */
  #stale = false;
  #cap: number;
  #inUse = 0;
  #used = false;
  #pressed = false;

  constructor(options: StandbyGateOptions = {}) {
    this.#minimum = options.minimum ?? 32;
    this.#maximum = options.maximum ?? 1024;
    this.#initial = Math.min(this.#maximum, Math.max(this.#minimum, options.initial ?? 64));
    this.#cap = this.#initial;
    this.#patience = options.patience ?? 40;
    this.#queue = options.queue ?? 256;
  }

  get cap(): number {
    return this.#cap;
  }
  get inUse(): number {
    return this.#inUse;
  }

  /** Takes a place; false when there is none, or others wait for one (G4). */
  enter(): boolean {
    this.#used = true;
    if (this.#inUse >= this.#cap * 0.8) this.#pressed = true;
    if (this.#inUse >= this.#cap || this.#waiting.size > 0) return false;
    this.#inUse += 1;
    return true;
  }

  /** Waits for a place (G4); false, and it is told nothing, when there is no use in it. */
  wait(waiter: PlaceWaiter): boolean {
    if (this.#stale || this.#waiting.size >= this.#queue) return false;
    this.#waiting.set(waiter, this.#ticks);
    return true;
  }

  /** Waits no more, and is told nothing; false when it did not wait. */
  withdraw(waiter: PlaceWaiter): boolean {
    const waited = this.#waiting.delete(waiter);
    if (this.#waiting.size === 0) this.#stale = false;
    return waited;
  }

  leave(): void {
    this.#inUse -= 1;
    this.#fill();
  }

  /** Turns away who has waited too long. To be called at even times. */
  tick(): void {
    this.#ticks += 1;
    for (const [waiter, since] of this.#waiting) {
      if (this.#ticks - since < this.#patience) return;
      this.#stale = true;
      this.withdraw(waiter);
      waiter.turnedAway();
    }
  }

  /** Adjusts the cap to the utilisation measured since the last call (G1–G3). */
  sample(utilisation: number): void {
    if (!this.#used) this.#cap = this.#initial;
    else if (utilisation > BUSY) this.#cap = Math.max(this.#minimum, Math.floor(this.#cap * 0.7));
    else if (utilisation < ROOMY && this.#pressed) this.#cap = Math.min(this.#maximum, this.#cap + 8);
    this.#fill();
    this.#pressed = this.#waiting.size > 0;
    this.#used = this.#inUse > 0;
  }

  #fill(): void {
    for (const waiter of this.#waiting.keys()) {
      if (this.#inUse >= this.#cap) return;
      this.withdraw(waiter);
      this.#inUse += 1;
      waiter.placed();
    }
  }
}
