/**
 * What the auditor asks the shop's database, as a superuser: the only place that knows the modules' tables.
 * Read only; one connection per audit.
 */
import type { Layout } from '@atlas/control-layout';
import { Client } from 'pg';
import type { StoredOrder } from './money.ts';

/** What is still under way. */
export interface OpenWork {
  /** Orders whose checkout has no end yet. */
  readonly sagas: readonly string[];
  /** `consumer ← event id (name)` for each event that a consumer has not done; `nobody` consumes some. */
  readonly events: readonly string[];
}

export interface ProductStock {
  readonly id: string;
  readonly stock: number;
  readonly initialStock: number;
  /** In reservations that were not released. */
  readonly reserved: number;
  /** In paid orders, and in those still open that have a reservation: what must be reserved. */
  readonly ordered: number;
}

export interface WrongShipment {
  readonly orderId: string;
  /** `paid` or `shipped`; null: neither. */
  readonly status: string | null;
  /** There is a shipment of it. */
  readonly shipped: boolean;
}

const OPEN_SAGAS = `
  SELECT id FROM cart.orders WHERE saga_state NOT IN ('paid', 'cancelled') ORDER BY created_at LIMIT 20`;

/** A consumer is whoever has ever done an event of that name; an event of a name without one waits for nobody known. */
const OPEN_EVENTS = `
  WITH consumers AS (
    SELECT consumer, name FROM event_log.watermarks UNION SELECT consumer, name FROM event_log.handled
  )
  SELECT coalesce(c.consumer, 'nobody') || ' ← ' || e.id || ' (' || e.name || ')' AS open
  FROM event_log.events e LEFT JOIN consumers c ON c.name = e.name
  WHERE e.xid >= coalesce(
      (SELECT w.xid FROM event_log.watermarks w WHERE w.consumer = c.consumer AND w.name = e.name), '0'::xid8)
    AND NOT EXISTS (SELECT FROM event_log.handled h WHERE h.consumer = c.consumer AND h.event_id = e.id)
    OR EXISTS (SELECT FROM event_log.overdue o WHERE o.consumer = c.consumer AND o.event_id = e.id)
  ORDER BY e.seq LIMIT 20`;

const WRONG_STOCK = `
  WITH reserved AS (
    SELECT line ->> 'productId' AS id, sum((line ->> 'quantity')::bigint)::integer AS pieces
    FROM catalog.reservations, jsonb_array_elements(lines) AS line
    WHERE state = 'reserved' GROUP BY 1
  ), ordered AS (
    SELECT line ->> 'productId' AS id, sum((line ->> 'quantity')::bigint)::integer AS pieces
    FROM cart.orders o, jsonb_array_elements(o.lines) AS line
    WHERE o.status IN ('paid', 'shipped') OR (o.saga_state NOT IN ('paid', 'cancelled') AND EXISTS (
      SELECT FROM catalog.reservations r WHERE r.order_id = o.id AND r.state = 'reserved'))
    GROUP BY 1
  ), products AS (
    SELECT p.id, p.stock, p.initial_stock AS "initialStock",
           coalesce(r.pieces, 0) AS reserved, coalesce(o.pieces, 0) AS ordered
    FROM catalog.products p LEFT JOIN reserved r ON r.id = p.id LEFT JOIN ordered o ON o.id = p.id
  )
  SELECT * FROM products
  WHERE stock < 0 OR stock <> "initialStock" - reserved OR reserved <> ordered ORDER BY id`;

const WRONG_SHIPMENTS = `
  SELECT coalesce(o.id, s.order_id) AS "orderId", o.status, s.id IS NOT NULL AS shipped
  FROM (SELECT id, status, tracking_number FROM cart.orders WHERE status IN ('paid', 'shipped')) o
  FULL JOIN shipping.shipments s ON s.order_id = o.id
  WHERE o.id IS NULL OR s.id IS NULL OR o.status <> 'shipped' OR o.tracking_number IS DISTINCT FROM s.tracking_number
  ORDER BY 1 LIMIT 1000`;

const EXITS = `SELECT instance || ':' || nonce AS process, cause FROM coupling.exits`;

const LIVE = `SELECT instance, nonce FROM coupling.leases WHERE renewed_at > now() - interval '3 seconds'`;

const ORDERS_PER_READ = 5_000;

export class ShopDatabase {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** @throws Error when the database cannot be reached. */
  static async connect(postgresUrl: string): Promise<ShopDatabase> {
    const client = new Client({ connectionString: postgresUrl, application_name: 'auditor' });
    client.on('error', () => undefined);
    await client.connect();
    return new ShopDatabase(client);
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  async openWork(): Promise<OpenWork> {
    const sagas = await this.#rows<{ id: string }>(OPEN_SAGAS);
    const events = await this.#rows<{ open: string }>(OPEN_EVENTS);
    return { sagas: sagas.map(({ id }) => id), events: events.map(({ open }) => open) };
  }

  /** Every order there is. */
  async orders(): Promise<Map<string, StoredOrder>> {
    const orders = new Map<string, StoredOrder>();
    for (let after = ''; ;) {
      const page = await this.#rows<{ id: string; status: string; totalCents: number }>(
        `SELECT id, status, total_cents AS "totalCents" FROM cart.orders
         WHERE id > $1 ORDER BY id LIMIT ${ORDERS_PER_READ}`,
        [after],
      );
      for (const { id, status, totalCents } of page) orders.set(id, { status, totalCents });
      const last = page.at(-1);
      if (last === undefined || page.length < ORDERS_PER_READ) return orders;
      after = last.id;
    }
  }

  /** Products whose stock is below zero or not what it must be. */
  wrongStock(): Promise<readonly ProductStock[]> {
    return this.#rows<ProductStock>(WRONG_STOCK);
  }

  /** Once nothing is open any more: paid orders that are not shipped, or not as they know, and shipments for nothing. */
  wrongShipments(): Promise<readonly WrongShipment[]> {
    return this.#rows<WrongShipment>(WRONG_SHIPMENTS);
  }

  /** Every layout that was ever proposed, by epoch. */
  async layouts(): Promise<Map<number, Layout>> {
    const rows = await this.#rows<{ epoch: number; layout: Layout }>(
      'SELECT epoch, layout FROM coupling.layouts',
    );
    return new Map(rows.map(({ epoch, layout }) => [epoch, layout]));
  }

  /** `instance:nonce` → why it ended. */
  async exits(): Promise<Map<string, string>> {
    const rows = await this.#rows<{ process: string; cause: string }>(EXITS);
    return new Map(rows.map(({ process, cause }) => [process, cause]));
  }

  /** Processes that hold a live lease now. */
  live(): Promise<readonly { readonly instance: string; readonly nonce: string }[]> {
    return this.#rows<{ instance: string; nonce: string }>(LIVE);
  }

  async #rows<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>(text, [...values])).rows;
  }
}
