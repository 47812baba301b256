import { armFaults } from '@atlas/platform-fault';
import { watchTransactions } from '@atlas/platform-database';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { cartDatabase, type CartDatabase } from './cart-database.ts';
import { CartWorld } from './cart-world.ts';

/** Where a driver can stop for good, on the ways that end paid and cancelled. */
const BEFORE_PAID = [
  'saga.order.after',
  'saga.reserve.before',
  'saga.reserve.after',
  'saga.charging.before',
  'saga.charging.after',
  'saga.charge.before',
  'saga.charge.after',
  'saga.paid.before',
  'saga.paid.after',
];
const BEFORE_CANCELLED = [
  'saga.releasing.before',
  'saga.releasing.after',
  'saga.release.before',
  'saga.release.after',
  'saga.cancelled.before',
  'saga.cancelled.after',
];

describe('a checkout whose driver stops for good', () => {
  let db: CartDatabase;
  let world: CartWorld;
  beforeAll(async () => {
    watchTransactions();
    db = await cartDatabase(inject('postgresUrl'));
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.admin('TRUNCATE cart.orders CASCADE');
    world = await CartWorld.open(db);
  });
  afterEach(async () => {
    armFaults(undefined, 'test');
    await world.coupling.close();
  });

  const stopAt = async (point: string, token: string): Promise<string> => {
    const cartId = await world.newCart({ tea: 2 });
    armFaults(`${point}=fail`, 'test');
    await expect(world.cart.checkout(world.order(cartId, { token }), world.call('k'))).rejects.toThrow(point);
    armFaults(undefined, 'test');
    return cartId;
  };

  it.each(BEFORE_PAID)('at %s is paid once by recovery', async (point) => {
    const cartId = await stopAt(point, 'tok_ok');
    await world.timePasses();
    await world.recover();
    const [order] = await world.orders();
    expect(order).toMatchObject({ status: 'paid', saga: 'paid' });
    const orderId = String(order?.['id']);
    expect([...world.payment.captures]).toEqual([[orderId, 1]]);
    expect(world.catalog.stockOf('tea')).toBe(8);
    expect(await world.paidEvents(orderId)).toBe(1);
    const again = await world.cart.checkout(world.order(cartId), world.call('k'));
    expect(again).toEqual({ orderId, status: 'paid', totalCents: 500 });
    expect(await world.recover()).toEqual({ recovered: 0, open: 0 });
  });

  it.each([...BEFORE_PAID.slice(0, 7), ...BEFORE_CANCELLED])(
    'at %s with a bad card is cancelled by recovery, its stock back',
    async (point) => {
      const cartId = await stopAt(point, 'tok_declined');
      await world.timePasses();
      await world.recover();
      expect(await world.orders()).toMatchObject([{ status: 'cancelled' }]);
      expect(world.catalog.stockOf('tea')).toBe(10);
      const again = world.cart.checkout(world.order(cartId, { token: 'tok_declined' }), world.call('k'));
      await expect(again).rejects.toMatchObject({ code: 'card_declined' });
      expect(world.payment.captures.size).toBe(0);
    },
  );

  it.each(['saga.voiding.after', 'saga.void.before', 'saga.void.after', 'saga.releasing.before'])(
    'at %s while it gives up keeps no money and no stock',
    async (point) => {
      world.payment.mood = 'silent_captured';
      const cartId = await world.newCart({ tea: 2 });
      const { orderId } = await world.cart.checkout(world.order(cartId), world.call('k'));
      await world.patienceEnds();
      armFaults(`${point}=fail`, 'test');
      await expect(world.recover()).rejects.toThrow(point);
      armFaults(undefined, 'test');
      world.payment.mood = 'definite';
      await world.timePasses();
      await world.recover();
      expect(world.payment.charges.get(orderId)).toBe('voided');
      expect(world.catalog.stockOf('tea')).toBe(10);
    },
  );

  it('holds no changed cart up when it is known to be refused, though its stock is not back', async () => {
    const cartId = await stopAt('saga.release.before', 'tok_declined');
    const { sessionId } = world;
    await world.cart.setItem({ sessionId, cartId, productId: 'tea', quantity: 3 }, world.call());
    expect((await world.cart.checkout(world.order(cartId), world.call('k2'))).status).toBe('paid');
    expect(world.catalog.stockOf('tea')).toBe(5);
    await world.timePasses();
    await world.recover();
    expect(world.catalog.stockOf('tea')).toBe(7);
  });

  it('holds up the cart that is not changed until its stock is back', async () => {
    const cartId = await stopAt('saga.release.before', 'tok_declined');
    const early = world.cart.checkout(world.order(cartId), world.call('k2', { deadlineMs: 1_000 }));
    await expect(early).rejects.toMatchObject({ code: 'in_progress' });
    await world.timePasses();
    expect((await world.cart.checkout(world.order(cartId), world.call('k2'))).status).toBe('paid');
    expect(world.catalog.stockOf('tea')).toBe(8);
  });

  it('is left alone until the deadline of its root and the grace are over', async () => {
    const patient = await CartWorld.open(db, { times: { graceMs: 60_000 } });
    armFaults('saga.reserve.before=fail', 'test');
    const call = patient.call('k', { deadlineMs: 30_000 });
    await expect(patient.cart.checkout(patient.order(await patient.newCart()), call)).rejects.toThrow();
    const [lease] = await db.admin(
      'SELECT extract(epoch FROM due_at - created_at)::integer AS seconds FROM cart.orders',
    );
    expect(lease?.['seconds']).toBeGreaterThan(60);
    expect(lease?.['seconds']).toBeLessThanOrEqual(90);
    await patient.coupling.close();
  });

  it('is not touched before its lease is over', async () => {
    await stopAt('saga.reserve.before', 'tok_ok');
    expect(await world.recover()).toEqual({ recovered: 0, open: 1 });
    expect(world.catalog.stockOf('tea')).toBe(10);
  });

  it('is taken on at once by a retry within the same root', async () => {
    const cartId = await world.newCart({ tea: 2 });
    const call = world.call('k');
    armFaults('saga.charge.after=fail', 'test');
    await expect(world.cart.checkout(world.order(cartId), call)).rejects.toThrow('saga.charge.after');
    armFaults(undefined, 'test');
    expect((await world.cart.checkout(world.order(cartId), call)).status).toBe('paid');
    expect([...world.payment.captures.values()]).toEqual([1]);
  });

  it('is taken on by a waiting retry of the customer as soon as the lease is over', async () => {
    const cartId = await stopAt('saga.charge.after', 'tok_ok');
    const waiting = world.cart.checkout(world.order(cartId), world.call('k'));
    await world.timePasses();
    expect((await waiting).status).toBe('paid');
  });

  it('does no harm when it wakes up after recovery', async () => {
    let wake = (): void => undefined;
    world.catalog.gate = new Promise((resolve) => (wake = resolve));
    const cartId = await world.newCart({ tea: 2 });
    const slow = world.cart.checkout(world.order(cartId), world.call('k'));
    await expect.poll(() => world.orders()).toHaveLength(1);
    world.catalog.gate = Promise.resolve();
    await world.patienceEnds();
    expect(await world.recover()).toEqual({ recovered: 1, open: 0 });
    wake();
    await expect(slow).rejects.toMatchObject({ code: 'card_declined' });
    expect(world.catalog.stockOf('tea')).toBe(10);
    expect(world.payment.charges.size).toBe(0);
  });

  it('is recovered once by two recoveries at the same time', async () => {
    for (const n of [1, 2, 3, 4]) {
      const cartId = await world.newCart({ tea: 1 });
      armFaults('saga.charge.before=fail', 'test');
      await expect(world.cart.checkout(world.order(cartId), world.call(`k${n}`))).rejects.toThrow();
    }
    armFaults(undefined, 'test');
    await world.timePasses();
    const runs = await Promise.all([world.recover(), world.recover(), world.recover()]);
    expect(runs.reduce((sum, { recovered }) => sum + recovered, 0)).toBe(4);
    expect([...world.payment.captures.values()]).toEqual([1, 1, 1, 1]);
    expect(world.catalog.stockOf('tea')).toBe(6);
  });
});
