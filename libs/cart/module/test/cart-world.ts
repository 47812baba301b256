import { catalogContract } from '@atlas/catalog-contract';
import { cartContract } from '@atlas/cart-contract';
import type { Coupling, ModuleImplementation } from '@atlas/coupling-runtime';
import {
  createTestCoupling,
  type CallOptions,
  type TestCoupling,
  type TestPlacement,
} from '@atlas/coupling-testkit';
import { paymentContract } from '@atlas/payment-contract';
import { postgresEventWriter } from '@atlas/platform-event-log';
import { PostgresCartStore } from '../src/adapters/postgres-cart-store.ts';
import { PostgresCheckoutStore } from '../src/adapters/postgres-checkout-store.ts';
import { PostgresOrderViews } from '../src/adapters/postgres-order-views.ts';
import type { CheckoutTimes } from '../src/application/parts.ts';
import { cartHandlers } from '../src/cart.handlers.ts';
import type { CartDatabase } from './cart-database.ts';
import { FakeCatalog } from './fake-catalog.ts';
import { FakePayment } from './fake-payment.ts';

export const TIMES: CheckoutTimes = { graceMs: 500, patienceMs: 60_000, retryMs: 50 };
const ADDRESS = { name: 'Ada', line1: 'Main 1', city: 'Graz', postcode: '8010', country: 'AT' };

/** Cart over a real database, as its contract shows it. */
const cartOver = (
  { database }: CartDatabase,
  coupling: Coupling,
  times: Partial<CheckoutTimes> = {},
): ModuleImplementation =>
  cartHandlers({
    carts: new PostgresCartStore(database),
    checkouts: new PostgresCheckoutStore(database, postgresEventWriter),
    orders: new PostgresOrderViews(database),
    catalog: coupling.client(catalogContract),
    payment: coupling.client(paymentContract),
    times: { ...TIMES, ...times },
  });

export interface WorldOptions {
  readonly placement?: TestPlacement;
  readonly times?: Partial<CheckoutTimes>;
  /** Instead of `FakePayment`. */
  readonly payment?: { implementation(): ModuleImplementation };
}

export interface Ordering {
  readonly token?: string;
  readonly version?: number;
  /** Whose address it is. */
  readonly name?: string;
}

let drawn = 0;
export const fresh = (name: string): string => `${name}-${(drawn += 1)}-${process.pid}`;

/** One customer's shop: real cart and database, fake catalogue and payment. */
export class CartWorld {
  readonly db: CartDatabase;
  readonly catalog = new FakeCatalog();
  readonly payment = new FakePayment();
  readonly coupling: TestCoupling;
  readonly sessionId = fresh('session');

  private constructor(db: CartDatabase, { placement = 'local', times = {}, payment }: WorldOptions) {
    this.db = db;
    this.coupling = createTestCoupling({ placement });
    this.coupling.register(cartOver(db, this.coupling, times));
    this.coupling.register(this.catalog.implementation());
    this.coupling.register((payment ?? this.payment).implementation());
    this.catalog.set('tea', 10);
    this.catalog.set('cup', 5, 1_200);
  }

  static async open(db: CartDatabase, options: WorldOptions = {}): Promise<CartWorld> {
    const world = new CartWorld(db, options);
    await world.coupling.start();
    return world;
  }

  get cart() {
    return this.coupling.client(cartContract);
  }

  call(key = fresh('key'), options: Omit<CallOptions, 'key'> = {}) {
    return this.coupling.callOf({ key, ...options });
  }

  async newCart(lines: Readonly<Record<string, number>> = { tea: 2 }): Promise<string> {
    const { sessionId } = this;
    const { id: cartId } = await this.cart.createCart({ sessionId }, this.call());
    for (const [productId, quantity] of Object.entries(lines))
      await this.cart.setItem({ sessionId, cartId, productId, quantity }, this.call());
    return cartId;
  }

  /** Body of a checkout. */
  order(cartId: string, { token = 'tok_ok', version, name = ADDRESS.name }: Ordering = {}) {
    const address = { ...ADDRESS, name };
    const input = { sessionId: this.sessionId, cartId, payment: { token }, address };
    return version === undefined ? input : { ...input, version };
  }

  view(orderId: string) {
    return this.cart.getOrder({ sessionId: this.sessionId, orderId }, this.call());
  }

  /** Leases and retry times of all open orders are over. */
  async timePasses(): Promise<void> {
    await this.db.admin(
      `UPDATE cart.orders SET due_at = now() WHERE status IN ('pending', 'payment_pending')`,
    );
  }

  async patienceEnds(): Promise<void> {
    await this.db.admin('UPDATE cart.orders SET give_up_at = now()');
    await this.timePasses();
  }

  /** The session's orders, oldest first. */
  orders(): Promise<Record<string, unknown>[]> {
    const sql = `SELECT id, status, saga_state AS saga FROM cart.orders WHERE session_id = $1 ORDER BY created_at`;
    return this.db.admin(sql, [this.sessionId]);
  }

  async paidEvents(orderId: string): Promise<number> {
    return (await this.paidPayloads(orderId)).length;
  }

  paidPayloads(orderId: string): Promise<Record<string, unknown>[]> {
    const sql = `SELECT payload FROM event_log.events WHERE name = 'order.paid' AND aggregate_id = $1 AND version = 1`;
    return this.db.admin(sql, [orderId]);
  }

  recover() {
    return this.cart.recoverCheckouts({}, this.call());
  }
}
