import { LEASE_MS } from '@atlas/control-store';

/** Reads further apart than this are not unbroken contact: half a lease. */
const GAP_MS = LEASE_MS / 2;
/** Ticks further apart than this mean that the process stood still; they are due each `POLL_EVERY_MS`. */
const STILL_MS = 1_000;

/**
 * What a host knows of its contact with the store, all on its own monotonic clock.
 *
 * K1  A renewal counts from when it was sent: the store's lease never ends before we think it does.
 * K2  `away` holds from a failure to the next renewal; after a stand-still of the process, only a failure after it says that
 *     the store is away.
 */
export class Contact {
  readonly #now: () => number;
  readonly #onBack: () => void;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #unbrokenSince: number | undefined = undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #tickedAt: number;
  #away = false;
  /** A call has failed since the process last stood still. */
  #failedAwake = false;

  /** @param onBack told at the first renewal after a failure. */
  constructor(now: () => number, onBack: () => void = () => {}) {
    this.#now = now;
    this.#onBack = onBack;
    this.#tickedAt = now();
  }

  /** The store confirmed a renewal that was sent then. */
  renewed(sentAt: number): void {
    this.#renewedAt = Math.max(this.#renewedAt, sentAt);
    if (!this.#away) return;
    this.#away = false;
    this.#onBack();
  }

  /** The store answered a read, or said that there is nothing to read. */
  read(): void {
    const now = this.#now();
    if (this.#unbrokenSince === undefined || now - this.#readAt > GAP_MS) this.#unbrokenSince = now;
    this.#readAt = now;
  }

  /** A call failed or was not answered in time. */
  failed(): void {
    this.#unbrokenSince = undefined;
    this.#away = true;
    this.#failedAwake = true;
  }

  /** The event loop turns; returns for how many ms it did not, 0 when nothing is unusual. */
  ticked(): number {
    const gapMs = this.#now() - this.#tickedAt;
    this.#tickedAt = this.#now();
    if (gapMs <= STILL_MS) return 0;
    this.#failedAwake = false;
    return gapMs;
  }

  /** Whether the leases of others may be judged: one full lease of unbroken contact. */
  get mayJudge(): boolean {
    return this.#unbrokenSince !== undefined && this.#readAt - this.#unbrokenSince >= LEASE_MS;
  }

  /** Whether our own lease may have lapsed, so that the layout may have changed without our ack. */
  get leaseInDoubt(): boolean {
    return this.#now() - this.#renewedAt > LEASE_MS;
  }

  /** K2: the store is known to be away, and we have been awake to see it. */
  get knownAway(): boolean {
    return this.#away && this.#failedAwake && this.#now() - this.#tickedAt <= STILL_MS;
  }

  /** A call failed, and no renewal has succeeded since. */
  get away(): boolean {
    return this.#away;
  }
}
