/**
 * Spreads kept-alive connections over bundles. A new connection goes to whichever bundle is idle first; one that stays
 * open would stay where it is, whatever happens to the load.
 *
 * C1  A connection is moved by `Connection: close` on an answer, never in between.
 * C2  After bundles were added, their share of the connections is moved, each with its next answer.
 * C3  Beside other bundles it is moved every 10 to 20 s, and the sooner the busier this one is: every 1 to 2 s when its
 *     event loop has no pause. Alone it stays, and the time that it was alone does not count.
 */
const STAY_MS = 10_000;
const BUSY_STAY_MS = 1_000;
/** How often it looks how busy the event loop is, ms. */
const LOOK_EVERY_MS = 500;

interface Stay {
  /** Bundles at its last answer. */
  bundles: number;
  /** From when it has been beside other bundles. */
  since: number;
  /** In [0, 1): how long it stays beyond the least. */
  readonly drawn: number;
}

export interface SpreadSenses {
  /** Milliseconds, never going back. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Share of the time since it was asked last that the event loop worked, 0–1. */
  busy(): number;
}

function systemSenses(): SpreadSenses {
  let mark = performance.eventLoopUtilization();
  return {
    now: () => performance.now(),
    random: () => Math.random(),
    busy: () => {
      const before = mark;
      mark = performance.eventLoopUtilization();
      return performance.eventLoopUtilization(mark, before).utilization;
    },
  };
}

export class ConnectionSpread {
  readonly #bundles: () => number;
  readonly #senses: SpreadSenses;
  readonly #stays = new WeakMap<object, Stay>();
  #lookedAt: number;
  #stayMs = STAY_MS;

  /** `bundles`: how many the layout in force has. */
  constructor(bundles: () => number, senses: SpreadSenses = systemSenses()) {
    this.#bundles = bundles;
    this.#senses = senses;
    this.#lookedAt = senses.now();
  }

  /** Whether this answer should be the connection's last here. Asked at each answer: beside nobody it costs no clock. */
  moves(connection: object): boolean {
    const bundles = this.#bundles();
    const stay = this.#stays.get(connection);
    if (stay === undefined) {
      this.#stays.set(connection, { bundles, since: this.#senses.now(), drawn: this.#senses.random() });
      return false;
    }
    const before = stay.bundles;
    stay.bundles = bundles;
    if (bundles <= 1) return false;
    const now = this.#senses.now();
    if (before <= 1) stay.since = now;
    if (bundles > before && this.#senses.random() < (bundles - before) / bundles) return true;
    this.#look(now);
    return now - stay.since >= this.#stayMs * (1 + stay.drawn);
  }

  #look(now: number): void {
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    this.#stayMs = Math.max(BUSY_STAY_MS, STAY_MS * (1 - this.#senses.busy()));
  }
}
