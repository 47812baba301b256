import { armFaults } from '@atlas/platform-fault';
import { postgresEventWriter } from '@atlas/platform-event-log';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { FORGET_OLD_KEYS } from '../src/adapters/checkout-statements.ts';
import { PostgresCheckoutStore } from '../src/adapters/postgres-checkout-store.ts';
import { cartDatabase, type CartDatabase } from './cart-database.ts';
import { CartWorld, TIMES } from './cart-world.ts';

describe('what waits', () => {
  let db: CartDatabase;
  let world: CartWorld;
  beforeAll(async () => {
    db = await cartDatabase(inject('postgresUrl'));
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.admin('TRUNCATE cart.orders, cart.idempotency_keys CASCADE');
    world = await CartWorld.open(db);
  });
  afterEach(async () => {
    armFaults(undefined, 'test');
    await world.coupling.close();
  });

  const checkout = async (key: string, token = 'tok_ok') =>
    world.cart.checkout(world.order(await world.newCart({ tea: 1 }), { token }), world.call(key));

  it('is asked for again after a pause that doubles, up to half a minute', async () => {
    const pauses = async () =>
      (
        await db.admin(
          `SELECT (extract(epoch FROM due_at - updated_at) * 1000)::integer AS ms FROM cart.orders`,
        )
      )
        .map(({ ms }) => ms)
        .at(0);
    world.payment.mood = 'silent';
    await checkout('k');
    const seen = [await pauses()];
    for (let n = 0; n < 3; n += 1) {
      await world.timePasses();
      await world.recover();
      seen.push(await pauses());
    }
    expect(seen).toEqual([1, 2, 4, 8].map((times) => times * TIMES.retryMs));
    await db.admin('UPDATE cart.orders SET attempts = 1000');
    await world.timePasses();
    await world.recover();
    expect(await pauses()).toBe(30_000);
  });

  it('is taken up the longest waiting first, and no more than are driven at once', async () => {
    const checkouts = new PostgresCheckoutStore(db.database, postgresEventWriter);
    world.payment.mood = 'silent';
    const orders = [];
    for (const key of ['k1', 'k2', 'k3']) orders.push((await checkout(key)).orderId);
    for (const [n, orderId] of orders.entries())
      await db.admin(`UPDATE cart.orders SET due_at = now() - $2 * interval '1 minute' WHERE id = $1`, [
        orderId,
        n + 1,
      ]);
    const taken = await checkouts.takeDue(2, { rootId: 'r', leaseMs: 60_000 }, world.call());
    expect(taken.map(({ id }) => id).sort()).toEqual(orders.slice(1).sort());
  });

  it('is not held up by one beside it that fails', async () => {
    world.payment.mood = 'silent';
    for (const key of ['k1', 'k2', 'k3']) await checkout(key);
    world.payment.mood = 'definite';
    await world.timePasses();
    armFaults('saga.charge.after=fail:1', 'test');
    await expect(world.recover()).rejects.toThrow('saga.charge.after');
    armFaults(undefined, 'test');
    expect((await world.orders()).filter(({ status }) => status === 'paid')).toHaveLength(2);
    await world.timePasses();
    expect(await world.recover()).toEqual({ recovered: 1, open: 0 });
  });

  it('is not said to wait for its payment when it is known to be refused, though its stock is not back yet', async () => {
    world.catalog.lags = ['answer'];
    const refused = expect(checkout('k', 'tok_declined')).rejects.toMatchObject({ code: 'card_declined' });
    await world.catalog.anyHeld(10_000);
    world.catalog.away = true;
    world.catalog.letGo();
    await refused;
    expect(await world.orders()).toMatchObject([{ status: 'pending', saga: 'releasing' }]);
    expect(world.catalog.stockOf('tea')).toBe(9);
    world.catalog.away = false;
    await world.timePasses();
    expect(await world.recover()).toEqual({ recovered: 1, open: 0 });
    expect(world.catalog.stockOf('tea')).toBe(10);
  });

  it('keeps its key; other keys are forgotten after 48 hours', async () => {
    await checkout('paid');
    world.payment.mood = 'silent';
    await checkout('open');
    for (const table of ['checkout_requests', 'idempotency_keys'])
      await db.admin(`UPDATE cart.${table} SET created_at = now() - interval '49 hours'`);
    world.payment.mood = 'definite';
    await checkout('young');
    world.payment.mood = 'silent';
    await world.recover();
    expect(await db.admin('SELECT key FROM cart.checkout_requests ORDER BY created_at')).toEqual([
      { key: 'open' },
      { key: 'young' },
    ]);
    expect(await db.admin('SELECT FROM cart.idempotency_keys')).toHaveLength(1);
  });

  it('costs no look at the keys that are young, whatever the planner believes of them', async () => {
    const young = 3_000;
    const fill = async (from: number, to: number, age: string) => {
      for (const sql of [
        `INSERT INTO cart.orders (id, session_id, cart_id, cart_version, lines, total_cents, address, details_hash, root_id,
           due_at, give_up_at, status, saga_state)
         SELECT 'o' || n, 's', 'c' || n, 1, '[]', 0, '{}', '', 'r', now(), now(), 'paid', 'paid' FROM generate_series($1::integer, $2::integer) n`,
        `INSERT INTO cart.checkout_requests SELECT 's', 'k' || n, '', 'o' || n, now() - '${age}'::interval FROM generate_series($1::integer, $2::integer) n`,
        `INSERT INTO cart.idempotency_keys SELECT 's', 'k' || n, '', '{}', now() - '${age}'::interval FROM generate_series($1::integer, $2::integer) n`,
      ])
        await db.admin(sql, [from, to]);
    };
    await fill(1, young, '1 hour');
    await fill(young + 1, 2 * young, '49 hours');
    await db.admin('ANALYZE cart.orders, cart.checkout_requests, cart.idempotency_keys');
    // Since the tables were analysed all but two of the old ones were forgotten.
    for (const table of ['checkout_requests', 'idempotency_keys'])
      await db.admin(
        `DELETE FROM cart.${table} WHERE created_at < now() - interval '2 hours' AND key > 'k3002'`,
      );
    const client = new pg.Client({ connectionString: db.adminUrl, options: '-c search_path=cart' });
    await client.connect();
    try {
      await client.query('BEGIN');
      expect((await client.query(FORGET_OLD_KEYS.text)).rowCount).toBe(2);
      const reads = await client.query<{ read: number }>(
        `SELECT sum(seq_tup_read + idx_tup_fetch)::integer AS read FROM pg_stat_xact_user_tables WHERE schemaname = 'cart'`,
      );
      expect(reads.rows[0]?.read).toBeLessThan(100);
    } finally {
      await client.end();
    }
  });
});
