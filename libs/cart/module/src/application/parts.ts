import type { Client } from '@atlas/coupling-runtime';
import type { catalogContract } from '@atlas/catalog-contract';
import type { paymentContract } from '@atlas/payment-contract';
import type { CartStore } from '../ports/cart-store.ts';
import type { CheckoutStore } from '../ports/checkout-store.ts';
import type { OrderViews } from '../ports/order-views.ts';

/** Times of the checkout, in milliseconds. */
export interface CheckoutTimes {
  /** Added to a root's deadline before others may take its order over. */
  readonly graceMs: number;
  /** From then on an order without a definite end is given up. */
  readonly patienceMs: number;
  /** First pause before an unknown outcome is asked for again; doubles up to 30 s. */
  readonly retryMs: number;
}

export const DEFAULT_TIMES: CheckoutTimes = { graceMs: 2_000, patienceMs: 300_000, retryMs: 500 };

/** All that the use cases work with. */
export interface CartParts {
  readonly carts: CartStore;
  readonly checkouts: CheckoutStore;
  readonly orders: OrderViews;
  readonly catalog: Pick<Client<typeof catalogContract>, 'getProduct' | 'reserveStock' | 'releaseStock'>;
  readonly payment: Pick<Client<typeof paymentContract>, 'charge' | 'cancelCharge'>;
  readonly times: CheckoutTimes;
}
