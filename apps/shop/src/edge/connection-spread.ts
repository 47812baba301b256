/**
 * Spreads kept-alive connections over bundles: those that were opened before a bundle was added would otherwise stay
 * where they are, and the new bundle would be idle.
 *
 * C1  A connection is moved by `Connection: close` on an answer, never in between.
 * C2  It is moved at most once per added bundle.
 */
export class ConnectionSpread {
  readonly #bundles: () => number;
  /** Connection → how many bundles there were when it was opened or last moved on. */
  readonly #seen = new WeakMap<object, number>();

  /** `bundles`: how many the layout in force has. */
  constructor(bundles: () => number) {
    this.#bundles = bundles;
  }

  /** Whether this answer should be the connection's last here. */
  moves(connection: object): boolean {
    const now = this.#bundles();
    const before = this.#seen.get(connection);
    if (before === now) return false;
    this.#seen.set(connection, now);
    return before !== undefined && now > before;
  }
}
