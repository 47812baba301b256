import { MOST_LISTED } from '@atlas/cart-contract';
import type { Bounded, Database, Statement } from '@atlas/platform-database';
import { applyInOrder } from '@atlas/platform-event-log';
import { NOT_CONFIRMED } from '../domain/order.ts';
import type { ListedOrder, OrderView, OrderViews, ShipmentCreated } from '../ports/order-views.ts';

interface Row extends Omit<OrderView, 'payment' | 'shipment'> {
  readonly paymentStatus: OrderView['payment']['status'];
  readonly cancelReason: string | null;
  readonly declineCode: string | null;
  readonly trackingNumber: string | null;
}

const FIND: Statement = {
  name: 'order.find',
  text: `SELECT o.id, o.status, o.lines, o.total_cents AS "totalCents", i.status AS "paymentStatus",
                o.cancel_reason AS "cancelReason", o.decline_code AS "declineCode",
                o.tracking_number AS "trackingNumber"
         FROM orders o JOIN payment_intents i ON i.order_id = o.id WHERE o.id = $1 AND o.session_id = $2`,
};
const OF_SESSION: Statement = {
  name: 'order.of-session',
  text: `SELECT id, status, total_cents AS "totalCents", created_at AS "orderedAt"
         FROM orders WHERE session_id = $1 ORDER BY created_at DESC, id LIMIT ${MOST_LISTED}`,
};
const SHIP: Statement = {
  name: 'order.ship',
  text: `UPDATE orders SET status = 'shipped', tracking_number = $2, updated_at = now()
         WHERE id = $1 AND status = 'paid'`,
};

const CONSUMER = 'cart.applyShipmentCreated';

/** Orders in Postgres, as their owners see them. */
export class PostgresOrderViews implements OrderViews {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(orderId: string, sessionId: string, bound: Bounded): Promise<OrderView | undefined> {
    const [row] = await this.#database.query<Row>(bound, FIND, [orderId, sessionId]);
    return row && viewOf(row);
  }

  async ofSession(sessionId: string, bound: Bounded): Promise<ListedOrder[]> {
    const rows = await this.#database.query<Omit<ListedOrder, 'orderedAt'> & { readonly orderedAt: Date }>(
      bound,
      OF_SESSION,
      [sessionId],
    );
    return rows.map((row) => ({ ...row, orderedAt: row.orderedAt.toISOString() }));
  }

  ship(event: ShipmentCreated, bound: Bounded): Promise<'applied' | 'skipped' | 'gap'> {
    const { name, aggregateId, version, payload } = event;
    return this.#database.transaction(bound, (tx) =>
      applyInOrder(tx, { consumer: CONSUMER, name, aggregateId, version }, () => {
        tx.defer(SHIP, [payload.orderId, payload.trackingNumber]);
        return Promise.resolve();
      }),
    );
  }
}

function viewOf(row: Row): OrderView {
  const { id, status, lines, totalCents, paymentStatus, cancelReason, declineCode, trackingNumber } = row;
  return {
    id,
    status,
    lines,
    totalCents,
    payment: {
      status: paymentStatus,
      declineCode: cancelReason === 'given_up' ? NOT_CONFIRMED : declineCode,
    },
    shipment: trackingNumber === null ? null : { status: 'created', trackingNumber },
  };
}
