import { HintTrust, RENEW_EVERY_MS, type StoreState } from '@atlas/control-store';

/** With all calm, the store is read this often nevertheless, ms. */
const READ_AFTER_MS = 5_000;
/** What a renewal has said counts until the next but one is due, ms. */
const SAID_FOR_MS = 2 * RENEW_EVERY_MS;

/**
 * Whether polls may rest, because all is as it was read last, and whatever changes will be told (A4 of `agent.ts`).
 *
 * C1  The store itself says so with each renewal of the lease: nothing that hints tell of is new since that read, and
 *     nobody's renewal is overdue.
 * C2  Nothing is under way that ends without a hint: no epoch is prepared, on trial or draining, here or anywhere.
 * C3  Hints are believed from the first one on, until a read shows news that none has told of.
 * C4  Each 5 s the store is read all the same.
 */
export class Calm {
  readonly #now: () => number;
  /** C3. */
  readonly #hints = new HintTrust();
  #readAt = Number.NEGATIVE_INFINITY;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What to ask the store about; undefined: there is too much under way to ask (C2). */
  known: number | undefined = undefined;

  get holds(): boolean {
    const now = this.#now();
    return this.#hints.holds && now - this.#saidAt <= SAID_FOR_MS && now - this.#readAt < READ_AFTER_MS;
  }

  /** The store has answered a renewal that asked about `asked`; true: read it now. */
  said(calm: boolean, asked: number): boolean {
    const fits = asked === this.known;
    this.#saidAt = fits && calm ? this.#now() : Number.NEGATIVE_INFINITY;
    return fits && !calm;
  }

  hint(): void {
    this.#hints.hint();
  }

  reading(): void {
    this.#hints.reading();
  }

  /** @param done the host has done all that this state asks of it. */
  read(state: StoreState, done: boolean): void {
    this.#hints.read(state);
    this.#readAt = this.#now();
    this.known = done && isSettled(state) ? state.news : undefined;
    if (this.known === undefined) this.#saidAt = Number.NEGATIVE_INFINITY;
  }

  /** A call failed: the next thing is to read. */
  failed(): void {
    this.known = undefined;
    this.#saidAt = Number.NEGATIVE_INFINITY;
  }
}

/** C2. */
const isSettled = ({ committed, prepared, liveEpochs, trial }: StoreState): boolean =>
  prepared === null && trial === null && liveEpochs.length === 1 && liveEpochs[0] === committed;
