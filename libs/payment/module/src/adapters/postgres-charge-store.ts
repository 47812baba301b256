import type { Bounded, Database, Statement } from '@atlas/platform-database';
import type { Charge, Settled } from '../domain/charge.ts';
import type { ChargeStore } from '../ports/charge-store.ts';

interface Row {
  readonly amountCents: number | null;
  readonly status: 'open' | Settled['status'];
  readonly declineCode: string | null;
  readonly givenUp: boolean;
}

const COLUMNS = `amount_cents AS "amountCents", status, decline_code AS "declineCode", given_up AS "givenUp"`;

// The updates on conflict change nothing that counts; they make the statement return, and lock, the row that is there.
const OPEN: Statement = {
  name: 'payment.open',
  text: `INSERT INTO charges AS c (order_id, amount_cents, status) VALUES ($1, $2, 'open')
         ON CONFLICT (order_id) DO UPDATE SET amount_cents = COALESCE(c.amount_cents, EXCLUDED.amount_cents)
         RETURNING ${COLUMNS}`,
};
const GIVE_UP: Statement = {
  name: 'payment.give-up',
  text: `INSERT INTO charges (order_id, status, given_up) VALUES ($1, 'open', true)
         ON CONFLICT (order_id) DO UPDATE SET given_up = true, updated_at = now()
         RETURNING ${COLUMNS}`,
};
const SETTLE: Statement = {
  name: 'payment.settle',
  text: `UPDATE charges SET status = $2, decline_code = $3, updated_at = now()
         WHERE order_id = $1 AND (status = 'open' OR (status = 'captured' AND $2 = 'voided'))
         RETURNING ${COLUMNS}`,
};
const READ: Statement = { name: 'payment.read', text: `SELECT ${COLUMNS} FROM charges WHERE order_id = $1` };

function settledOf({ status, declineCode }: Row): Settled | undefined {
  if (status === 'open') return undefined;
  return status === 'declined' ? { status, declineCode } : { status, declineCode: null };
}

function only(rows: readonly Row[], orderId: string): Row {
  const [row] = rows;
  if (!row) throw new Error(`the charge of order ${orderId} is gone`);
  return row;
}

/** Charges in Postgres, by prepared statements: each method is one statement, so it needs no transaction. */
export class PostgresChargeStore implements ChargeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  open(orderId: string, amountCents: number, bound: Bounded): Promise<Charge> {
    return this.#charge(OPEN, [orderId, amountCents], bound);
  }

  giveUp(orderId: string, bound: Bounded): Promise<Charge> {
    return this.#charge(GIVE_UP, [orderId], bound);
  }

  async settle(orderId: string, answer: Settled, bound: Bounded): Promise<Settled> {
    const values = [orderId, answer.status, answer.declineCode];
    const [changed] = await this.#database.query<Row>(bound, SETTLE, values);
    const row = changed ?? only(await this.#database.query<Row>(bound, READ, [orderId]), orderId);
    return settledOf(row) ?? answer;
  }

  async #charge(
    statement: Statement,
    values: readonly [string, ...unknown[]],
    bound: Bounded,
  ): Promise<Charge> {
    const [orderId] = values;
    const row = only(await this.#database.query<Row>(bound, statement, values), orderId);
    const { amountCents, givenUp } = row;
    return { orderId, amountCents, givenUp, state: settledOf(row) ?? { status: 'open' } };
  }
}
