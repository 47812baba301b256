import type { Bounded } from '@atlas/platform-database';
import type { CheckoutRequest, Entry } from '../domain/entry.ts';
import type { Address, Order } from '../domain/order.ts';
import type { Saga } from '../domain/saga.ts';

/** Who works on an order, and until when it is left alone by others. */
export interface Hold {
  readonly rootId: string;
  /** From now, in milliseconds: the rest of the root's deadline plus grace. */
  readonly leaseMs: number;
}

export interface NewCheckout extends CheckoutRequest {
  /** Id of the order, if one is begun. */
  readonly orderId: string;
  readonly token: string;
  readonly address: Address;
  readonly hold: Hold;
  /** After how long, in milliseconds, the order is given up. */
  readonly patienceMs: number;
}

/**
 * Orders with their sagas and payment intents. Every change of an order compares and sets its saga version: of two
 * drivers one goes on, the other gets `undefined` and reads again.
 */
export interface CheckoutStore {
  /** Starts, joins or replays a checkout; what it decides is written in the same transaction. */
  enter(checkout: NewCheckout, bound: Bounded): Promise<Exclude<Entry<Order>, { kind: 'start' }> | Started>;
  /** @throws Error when there is no such order. */
  load(orderId: string, bound: Bounded): Promise<Order>;
  /** Card token of an order whose payment is not settled; undefined when another driver has settled it. */
  tokenOf(orderId: string, bound: Bounded): Promise<string | undefined>;
  /** One step on. Towards `paid`: with the event `order.paid`, and what was ordered leaves the cart. */
  move(order: Order, next: Saga, bound: Bounded): Promise<Order | undefined>;
  /** The outcome is not known in time: lets go of the order until `retryMs` from now. */
  handOver(order: Order, retryMs: number, bound: Bounded): Promise<Order | undefined>;
  /** Takes over an order that is due. */
  take(order: Order, hold: Hold, bound: Bounded): Promise<Order | undefined>;
  /** Takes over up to `limit` orders that are due, the longest waiting first; never one that another is taking. */
  takeDue(limit: number, hold: Hold, bound: Bounded): Promise<readonly Order[]>;
  /** Orders without a definite end. */
  countOpen(bound: Bounded): Promise<number>;
  /** Forgets keys whose answers have outlived their 48 hours; a bounded number per call. */
  forgetOldKeys(bound: Bounded): Promise<void>;
}

export interface Started {
  readonly kind: 'started';
  readonly order: Order;
}
