import type { Bounded, Database, Statement, Transaction } from '@atlas/platform-database';
import type { Line, Refusal, Reservation, StockLevel } from '../domain/stock.ts';
import type { StockLedger, StockTransaction } from '../ports/stock-ledger.ts';

const CLAIM: Statement = {
  name: 'reservations.claim',
  text: `INSERT INTO reservations (order_id, state, lines) VALUES ($1, 'reserved', $2::jsonb)
         ON CONFLICT (order_id) DO NOTHING RETURNING true AS claimed`,
};
const BURY: Statement = {
  name: 'reservations.bury',
  text: `INSERT INTO reservations (order_id, state, lines, settled_at) VALUES ($1, 'released', '[]', now())
         ON CONFLICT (order_id) DO NOTHING RETURNING true AS buried`,
};
const READ: Statement = {
  name: 'reservations.read',
  text: 'SELECT state, lines, refusal FROM reservations WHERE order_id = $1',
};
const HOLD: Statement = { name: 'reservations.hold', text: `${READ.text} FOR UPDATE` };
const REFUSE: Statement = {
  name: 'reservations.refuse',
  text: `UPDATE reservations SET state = 'refused', refusal = $2::jsonb, settled_at = now() WHERE order_id = $1`,
};
const RELEASE: Statement = {
  name: 'reservations.release',
  text: `UPDATE reservations SET state = 'released', settled_at = now() WHERE order_id = $1`,
};
const LOCK: Statement = {
  name: 'products.lock',
  text: `SELECT id AS "productId", stock FROM products WHERE id = ANY($1::text[])
         ORDER BY id COLLATE "C" FOR NO KEY UPDATE`,
};
/** The rows are locked and judged before; the constraint `stock >= 0` refuses whatever would still be too much. */
const CHANGE: Statement = {
  name: 'products.change',
  text: `UPDATE products p SET stock = p.stock + change.quantity
         FROM unnest($1::text[], $2::integer[]) AS change (id, quantity) WHERE p.id = change.id`,
};

class PostgresStockTransaction implements StockTransaction {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async claim(orderId: string, lines: readonly Line[]): Promise<Reservation | undefined> {
    const claimed = await this.#tx.query(CLAIM, [orderId, JSON.stringify(lines)]);
    if (claimed.length > 0) return undefined;
    const [row] = await this.#tx.query<Reservation>(READ, [orderId]);
    return row;
  }

  async reservation(orderId: string): Promise<Reservation | undefined> {
    const [row] = await this.#tx.query<Reservation>(HOLD, [orderId]);
    return row;
  }

  lock(productIds: readonly string[]): Promise<readonly StockLevel[]> {
    return this.#tx.query<StockLevel>(LOCK, [productIds]);
  }

  take(lines: readonly Line[]): void {
    this.#change(lines, -1);
  }

  giveBack(lines: readonly Line[]): void {
    this.#change(lines, 1);
  }

  refuse(orderId: string, refusal: Refusal): void {
    this.#tx.defer(REFUSE, [orderId, JSON.stringify(refusal)]);
  }

  release(orderId: string): void {
    this.#tx.defer(RELEASE, [orderId]);
  }

  async bury(orderId: string): Promise<boolean> {
    return (await this.#tx.query(BURY, [orderId])).length > 0;
  }

  #change(lines: readonly Line[], sign: 1 | -1): void {
    const ids = lines.map(({ productId }) => productId);
    this.#tx.defer(CHANGE, [ids, lines.map(({ quantity }) => sign * quantity)]);
  }
}

export class PostgresStockLedger implements StockLedger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  transaction<T>(bound: Bounded, work: (stock: StockTransaction) => Promise<T>): Promise<T> {
    return this.#database.transaction(bound, (tx) => work(new PostgresStockTransaction(tx)));
  }
}
