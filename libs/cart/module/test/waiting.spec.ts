import { armFaults } from '@atlas/platform-fault';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
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

  const checkout = async (key: string) =>
    world.cart.checkout(world.order(await world.newCart({ tea: 1 })), world.call(key));

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
});
