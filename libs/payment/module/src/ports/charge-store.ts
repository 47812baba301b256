import type { Bounded } from '@atlas/platform-database';
import type { Charge, Settled } from '../domain/charge.ts';

/** Charges, one per order. Each method is one atomic step. */
export interface ChargeStore {
  /** The order's charge, written down as open when it is new. */
  open(orderId: string, amountCents: number, bound: Bounded): Promise<Charge>;
  /** Leaves the tombstone; the charge as it is then. */
  giveUp(orderId: string, bound: Bounded): Promise<Charge>;
  /**
   * Records the bank's definite answer, and returns what stands: an open charge takes any answer, a captured one
   * only `voided`; voided and declined stay.
   */
  settle(orderId: string, answer: Settled, bound: Bounded): Promise<Settled>;
}
