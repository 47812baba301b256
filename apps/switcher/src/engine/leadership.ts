/**
 * The right to write.
 *
 * L1  Writes carry the token; without one nothing is written.
 * L2  By this process's own monotonic clock the lease is counted from *before* the request, so it never ends later
 *     here than in the store.
 * L3  After a loss the token is forgotten; a new grant brings a new one.
 */
import type { ControlStore } from '@atlas/control-store';

export const LEADER_TTL_MS = 3_000;
export const LEADER_RENEW_MS = 1_000;

export class NotLeaderError extends Error {
  constructor() {
    super('this switcher does not lead; it must not write');
    this.name = 'NotLeaderError';
  }
}

export class Leadership {
  readonly holder: string;
  readonly #store: ControlStore;
  readonly #clock: () => number;
  #token: number | undefined;
  #until = 0;
  #renewAt = 0;

  /** @param clock monotonic, ms. */
  constructor(store: ControlStore, holder: string, clock: () => number) {
    this.#store = store;
    this.holder = holder;
    this.#clock = clock;
  }

  /** @throws NotLeaderError when the lease is not held (any more). */
  token(): number {
    if (this.#token === undefined || this.#clock() >= this.#until) throw new NotLeaderError();
    return this.#token;
  }

  get held(): boolean {
    return this.#token !== undefined && this.#clock() < this.#until;
  }

  /** The lease is held, and was granted under that token. */
  holds(token: number | undefined): boolean {
    return this.held && token === this.#token;
  }

  /** Time until the lease is to be renewed, ms; negative when it is overdue. */
  get renewsInMs(): number {
    return this.#renewAt - this.#clock();
  }

  /** Takes or renews the lease when it is time. Rejects when the store is away. */
  async keep(): Promise<void> {
    const asked = this.#clock();
    if (this.held && asked < this.#renewAt) return;
    const before = this.held ? this.#token : undefined;
    const granted = await this.#store.acquireLeadership(this.holder, LEADER_TTL_MS, before);
    if (granted === undefined) return this.lose();
    this.#token = granted.token;
    this.#until = asked + LEADER_TTL_MS;
    this.#renewAt = asked + LEADER_RENEW_MS;
  }

  lose(): void {
    this.#token = undefined;
  }

  /** Gives the lease back so that a successor need not wait for its end. */
  async resign(): Promise<void> {
    if (!this.held) return;
    const token = this.#token;
    this.lose();
    await this.#store.acquireLeadership(this.holder, 0, token).catch(() => undefined);
  }
}
