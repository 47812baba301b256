import type { Bounded, Database, Statement, Transaction } from '@atlas/platform-database';
import { applyInOrder, type Applied, type EventWriter, type InboxEntry } from '@atlas/platform-event-log';
import type { Shipment } from '../domain/shipment.ts';
import type { Dispatch, ShipmentStore } from '../ports/shipment-store.ts';

const INSERT: Statement = {
  name: 'shipments.insert',
  text: `INSERT INTO shipments (id, order_id, tracking_number, parcel) VALUES ($1, $2, $3, $4::jsonb)
         ON CONFLICT (order_id) DO NOTHING RETURNING true AS inserted`,
};
const OF_ORDER: Statement = {
  name: 'shipments.of-order',
  text: `SELECT id AS "shipmentId", order_id AS "orderId", tracking_number AS "trackingNumber"
         FROM shipments WHERE order_id = $1`,
};

export class PostgresShipmentStore implements ShipmentStore {
  readonly #database: Database;
  readonly #events: EventWriter;

  constructor(database: Database, events: EventWriter) {
    this.#database = database;
    this.#events = events;
  }

  dispatch(bound: Bounded, entry: InboxEntry, dispatch: Dispatch): Promise<Applied> {
    return this.#database.transaction(bound, (tx) =>
      applyInOrder(tx, entry, () => this.#insert(tx, dispatch)),
    );
  }

  async #insert(tx: Transaction, { shipment, parcel, created }: Dispatch): Promise<void> {
    const { shipmentId, orderId, trackingNumber } = shipment;
    const values = [shipmentId, orderId, trackingNumber, JSON.stringify(parcel)];
    const inserted = await tx.query(INSERT, values);
    if (inserted.length > 0) await this.#events.append(tx, created);
  }

  async ofOrder(bound: Bounded, orderId: string): Promise<Shipment | undefined> {
    const [row] = await this.#database.query<Shipment>(bound, OF_ORDER, [orderId]);
    return row;
  }
}
