/**
 * Checkouts in Postgres.
 *
 * P1  Lock order is cart, then order: whoever begins or pays an order holds its cart first, so they cannot deadlock,
 *     and one live order per cart is decided under that lock (per version, the unique index is the last word).
 * P2  Every change of an order compares and sets `saga_version`.
 */
import { violates, type Bounded, type Database, type Transaction } from '@atlas/platform-database';
import type { EventWriter } from '@atlas/platform-event-log';
import { totalOf, withoutOrdered, type Cart } from '../domain/cart.ts';
import { decideEntry, type Entry } from '../domain/entry.ts';
import type { Order } from '../domain/order.ts';
import { START, type Saga } from '../domain/saga.ts';
import type { CheckoutStore, Hold, NewCheckout, Started } from '../ports/checkout-store.ts';
import * as sql from './checkout-statements.ts';
import { columnsOf, orderOf, type OrderRow } from './order-row.ts';

type Entered = Exclude<Entry<Order>, { kind: 'start' }> | Started;

export class PostgresCheckoutStore implements CheckoutStore {
  readonly #database: Database;
  readonly #events: EventWriter;

  constructor(database: Database, events: EventWriter) {
    this.#database = database;
    this.#events = events;
  }

  async enter(checkout: NewCheckout, bound: Bounded): Promise<Entered> {
    try {
      return await this.#database.transaction(bound, (tx) => enter(tx, checkout));
    } catch (error) {
      // The same key was written with another cart, whose lock we did not hold, a moment ago: now it can be read.
      if (!violates(error, 'checkout_requests_pkey')) throw error;
      return this.#database.transaction(bound, (tx) => enter(tx, checkout));
    }
  }

  async load(orderId: string, bound: Bounded): Promise<Order> {
    const [row] = await this.#database.query<OrderRow>(bound, sql.LOAD, [orderId]);
    if (!row) throw new Error(`order ${orderId} is gone`);
    return orderOf(row);
  }

  async tokenOf(orderId: string, bound: Bounded): Promise<string | undefined> {
    const [row] = await this.#database.query<{ token: string }>(bound, sql.TOKEN, [orderId]);
    return row?.token;
  }

  move(order: Order, next: Saga, bound: Bounded): Promise<Order | undefined> {
    if (next.at === 'paid') return this.#database.transaction(bound, (tx) => this.#pay(tx, order, next));
    return this.#compareAndSet(
      (values) => this.#database.query<{ id: string }>(bound, sql.MOVE, values),
      order,
      next,
    );
  }

  async handOver(order: Order, retryMs: number, bound: Bounded): Promise<Order | undefined> {
    const values = [order.id, order.sagaVersion, retryMs];
    type Row = Pick<OrderRow, 'attempts' | 'status'>;
    const [row] = await this.#database.query<Row>(bound, sql.HAND_OVER, values);
    if (!row) return undefined;
    const pendingPayment = row.status === 'payment_pending';
    const sagaVersion = order.sagaVersion + 1;
    return { ...order, attempts: row.attempts, sagaVersion, pendingPayment, due: false };
  }

  async take(order: Order, hold: Hold, bound: Bounded): Promise<Order | undefined> {
    const values = [order.id, order.sagaVersion, hold.rootId, hold.leaseMs];
    const [row] = await this.#database.query<OrderRow>(bound, sql.TAKE, values);
    return row && orderOf(row);
  }

  async takeDue(limit: number, hold: Hold, bound: Bounded): Promise<readonly Order[]> {
    const values = [limit, hold.rootId, hold.leaseMs];
    const rows = await this.#database.query<OrderRow>(bound, sql.TAKE_DUE, values);
    return rows.map(orderOf);
  }

  async countOpen(bound: Bounded): Promise<number> {
    const [row] = await this.#database.query<{ open: number }>(bound, sql.COUNT_OPEN, []);
    return row?.open ?? 0;
  }

  async forgetOldKeys(bound: Bounded): Promise<void> {
    await this.#database.query(bound, sql.FORGET_OLD_KEYS, []);
  }

  /** Paid, the event, and the cart without what was ordered: one transaction. */
  async #pay(tx: Transaction, order: Order, next: Saga): Promise<Order | undefined> {
    const [[cart], moved] = await Promise.all([
      tx.query<Cart>(sql.LOCK_CART, [order.cartId, order.sessionId]), // P1
      this.#compareAndSet((values) => tx.query<{ id: string }>(sql.MOVE, values), order, next),
    ]);
    if (!moved) {
      tx.abandon();
      return undefined;
    }
    if (cart) {
      const { items, version } = withoutOrdered(cart, order.lines);
      tx.defer(sql.SAVE_CART, [cart.id, JSON.stringify(items), version]);
    }
    await this.#events.append(tx, orderPaid(moved));
    return moved;
  }

  async #compareAndSet(
    query: (values: readonly unknown[]) => Promise<readonly { id: string }[]>,
    order: Order,
    next: Saga,
  ): Promise<Order | undefined> {
    const { status, cancelReason, declineCode, shortProductId, intent } = columnsOf(next);
    const why = [cancelReason, declineCode, intent, shortProductId];
    const values = [order.id, order.sagaVersion, next.at, status, ...why];
    const [row] = await query(values);
    return row && { ...order, saga: next, sagaVersion: order.sagaVersion + 1 };
  }
}

/** The first, and only, event of this name for the order. */
const orderPaid = (order: Order): Parameters<EventWriter['append']>[1] => ({
  name: 'order.paid',
  aggregateId: order.id,
  version: 1,
  payload: {
    orderId: order.id,
    totalCents: order.totalCents,
    lines: order.lines.map(({ productId, quantity }) => ({ productId, quantity })),
    address: order.address,
  },
  rootId: order.rootId,
});

async function enter(tx: Transaction, checkout: NewCheckout): Promise<Entered> {
  const { sessionId, cartId, key, bodyHash } = checkout;
  const [[cart], [request], [live]] = await Promise.all([
    tx.query<Cart>(sql.LOCK_CART, [cartId, sessionId]), // P1: what follows is read under this lock
    tx.query<OrderRow & { bodyHash: string }>(sql.FIND_REQUEST, [sessionId, key]),
    tx.query<OrderRow & { cartVersion: number; detailsHash: string }>(sql.FIND_LIVE, [cartId, sessionId]),
  ]);
  const entry = decideEntry(checkout, {
    cart,
    known: request && { bodyHash: request.bodyHash, order: orderOf(request) },
    live: live && {
      cartVersion: live.cartVersion,
      detailsHash: live.detailsHash,
      order: orderOf(live),
    },
  });
  if (entry.kind === 'start') return { kind: 'started', order: beginOrder(tx, checkout, entry.cart) };
  if (entry.kind === 'join') tx.defer(sql.BIND_REQUEST, [sessionId, key, bodyHash, entry.order.id]);
  return entry;
}

function beginOrder(tx: Transaction, checkout: NewCheckout, cart: Cart): Order {
  const { orderId, sessionId, address, detailsHash, hold, patienceMs, token, key, bodyHash } = checkout;
  const { rootId, leaseMs } = hold;
  const lines = cart.items;
  const totalCents = totalOf(lines);
  const what = [orderId, sessionId, cart.id, cart.version, JSON.stringify(lines), totalCents];
  const how = [JSON.stringify(address), detailsHash, rootId, leaseMs, patienceMs, token, key, bodyHash];
  tx.defer(sql.BEGIN_ORDER, [...what, ...how]);
  return {
    id: orderId,
    sessionId,
    cartId: cart.id,
    lines,
    totalCents,
    address,
    token,
    saga: START,
    sagaVersion: 1,
    rootId,
    pendingPayment: false,
    attempts: 0,
    due: false,
    patienceOver: false,
  };
}
