/**
 * Which bundle runs a job or subscription: a lock row with a fencing token.
 *
 * L1  The lock saves doubled work; it is not what keeps effects single (E6: keys and inbox versions do that).
 * L2  Fail static (E5): whoever holds it goes on while the store is away, for then nobody else can take it over.
 * L3  A renewal holds up nothing: a slow store makes nobody wait who holds the lock already.
 * L4  It does not lapse under work that takes longer than its life: else, just when all is slow, another bundle would do
 *     the same work again.
 */
import type { HostStore } from '@atlas/control-store';

const TTL_MS = 3_000;
const RENEW_AFTER_MS = 1_000;
/** Shortest life that a lock can be given: how it is let go. */
const LET_GO_MS = 1;

export class PumpLock {
  readonly #store: Pick<HostStore, 'acquireLock'>;
  readonly #name: string;
  readonly #holder: string;
  readonly #now: () => number;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined = undefined;
  #held = false;

  constructor(store: Pick<HostStore, 'acquireLock'>, name: string, holder: string, now: () => number) {
    this.#store = store;
    this.#name = `pump:${name}`;
    this.#holder = holder;
    this.#now = now;
  }

  /** Takes or renews it, asking the store once a second at most; never rejects. */
  async hold(): Promise<boolean> {
    const now = this.#now();
    if (this.#asking === undefined && now - this.#askedAt >= RENEW_AFTER_MS) {
      this.#askedAt = now;
      this.#asking = this.#ask();
    }
    if (!this.#held) await this.#asking; // L3
    return this.#held;
  }

  /** Does the work of who holds it, and renews it meanwhile (L4). */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const renewals = setInterval(() => void this.hold(), RENEW_AFTER_MS / 2);
    try {
      return await work();
    } finally {
      clearInterval(renewals);
    }
  }

  /** Lets another bundle take over at once. Never rejects. */
  async letGo(): Promise<void> {
    await this.#asking;
    if (!this.#held) return;
    this.#held = false;
    await this.#store.acquireLock(this.#name, this.#holder, LET_GO_MS).catch(() => undefined);
  }

  async #ask(): Promise<void> {
    try {
      this.#held = (await this.#store.acquireLock(this.#name, this.#holder, TTL_MS)) !== undefined;
    } catch {
      // L2: as before.
    } finally {
      this.#asking = undefined;
    }
  }
}
