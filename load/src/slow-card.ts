import type { Card } from './journey.ts';

/** The slow card takes about 2 s; one this often keeps a checkout in flight nearly all the time. */
const EVERY_MS = 1_500;
/** Of all checkouts, at most: it stays the exception when traffic is thin. */
const MOST = 0.08;

/**
 * Spreads the slow card over time: whenever none was used for a while, the next good customer pays with it, so that
 * a change of shape meets a checkout in flight at any moment.
 */
export class SlowCardPace {
  readonly #wanted: boolean;
  #checkouts = 0;
  #slow = 0;
  #lastMs = -Infinity;

  /** @param wanted false: nobody pays with it, for its time is the bank's and not the shop's */
  constructor(wanted = true) {
    this.#wanted = wanted;
  }

  /** The card for a checkout that begins at `nowMs`, in place of the drawn one; cards that are refused stay. */
  choose(drawn: Card, nowMs: number): Card {
    if (!this.#wanted) return drawn === 'tok_timeout' ? 'tok_ok' : drawn;
    this.#checkouts += 1;
    const due = nowMs - this.#lastMs >= EVERY_MS && this.#slow < 1 + MOST * this.#checkouts;
    const card = drawn === 'tok_ok' && due ? 'tok_timeout' : drawn;
    if (card === 'tok_timeout') {
      this.#slow += 1;
      this.#lastMs = nowMs;
    }
    return card;
  }
}
