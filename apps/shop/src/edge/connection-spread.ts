/**
 * Spreads kept-alive connections over bundles. A new connection goes to whichever bundle is idle first; one that stays
 * open would stay where it is, whatever happens to the load.
 *
 * C1  A connection is moved by `Connection: close` on an answer, never in between.
 * C2  It is moved with its next answer after a bundle was added.
 * C3  Beside other bundles it is moved every 10 to 20 s; alone it stays.
 */
const STAY_MS = 10_000;

interface Stay {
  /** Bundles when it was opened. */
  bundles: number;
  readonly until: number;
}

export interface SpreadClock {
  /** Milliseconds, never going back. */
  now(): number;
  /** In [0, 1). */
  random(): number;
}

const SYSTEM: SpreadClock = { now: () => performance.now(), random: () => Math.random() };

export class ConnectionSpread {
  readonly #bundles: () => number;
  readonly #clock: SpreadClock;
  readonly #stays = new WeakMap<object, Stay>();

  /** `bundles`: how many the layout in force has. */
  constructor(bundles: () => number, clock: SpreadClock = SYSTEM) {
    this.#bundles = bundles;
    this.#clock = clock;
  }

  /** Whether this answer should be the connection's last here. */
  moves(connection: object): boolean {
    const bundles = this.#bundles();
    const stay = this.#stays.get(connection);
    if (stay === undefined) {
      const until = this.#clock.now() + STAY_MS * (1 + this.#clock.random());
      this.#stays.set(connection, { bundles, until });
      return false;
    }
    const added = bundles > stay.bundles;
    stay.bundles = bundles;
    return added || (bundles > 1 && this.#clock.now() >= stay.until);
  }
}
