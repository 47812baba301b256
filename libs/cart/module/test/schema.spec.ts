import { Inbox } from '@atlas/platform-event-log';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cartEntities, cartMigrations } from '../src/index.ts';
import { cartDatabase, type CartDatabase } from './cart-database.ts';
import { CartWorld } from './cart-world.ts';

describe('cart’s schema', () => {
  let db: CartDatabase;
  beforeAll(async () => {
    db = await cartDatabase(inject('postgresUrl'));
  });
  afterAll(() => db.close());

  it('is read alike by TypeORM and by the prepared statements', async () => {
    const world = await CartWorld.open(db);
    const { orderId } = await world.cart.checkout(world.order(await world.newCart()), world.call());
    for (const entity of cartEntities)
      expect(await db.database.dataSource.getRepository(entity).find()).toHaveLength(1);
    const orders = db.database.dataSource.getRepository(cartEntities[1] ?? '');
    expect(await orders.findOneByOrFail({ id: orderId })).toMatchObject({
      status: 'paid',
      sagaState: 'paid',
    });
    await world.coupling.close();
  });

  it('forgets the card’s token once the payment is settled', async () => {
    expect(await db.admin('SELECT token, status FROM cart.payment_intents')).toEqual([
      { token: null, status: 'captured' },
    ]);
  });

  it('brings its inbox, and cannot be changed by the role that serves', async () => {
    expect(cartMigrations[0]).toBe(Inbox);
    const runner = db.database.dataSource.createQueryRunner();
    await expect(runner.query('DROP TABLE orders')).rejects.toThrow(/must be owner/);
    await runner.release();
  });

  it('refuses a second live order of one cart version, and a paid order with an open payment', async () => {
    await expect(
      db.admin(`INSERT INTO cart.orders (id, session_id, cart_id, cart_version, lines, total_cents, address,
        details_hash, root_id, due_at, give_up_at, status, saga_state)
        SELECT 'copy', session_id, cart_id, cart_version, lines, total_cents, address, details_hash, root_id, due_at,
        give_up_at, status, saga_state FROM cart.orders`),
    ).rejects.toThrow(/orders_live/);
    await expect(db.admin(`UPDATE cart.orders SET status = 'pending'`)).rejects.toThrow(/check/);
  });
});
