import { MOST_LISTED } from '@atlas/cart-contract';
import type { BusinessError } from '@atlas/coupling-runtime';
import type { TestPlacement } from '@atlas/coupling-testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { cartDatabase, type CartDatabase } from './cart-database.ts';
import { CartWorld, type Ordering } from './cart-world.ts';

/** What the checkout promises, wherever the module is placed. */
export function checkoutConformance(placement: TestPlacement): void {
  describe(`the checkout, placed ${placement}`, () => {
    let db: CartDatabase;
    let world: CartWorld;
    beforeAll(async () => {
      db = await cartDatabase(inject('postgresUrl'));
    });
    afterAll(() => db.close());
    beforeEach(async () => {
      world = await CartWorld.open(db, { placement });
    });
    afterEach(() => world.coupling.close());

    const checkout = (cartId: string, key: string, how: Ordering = {}) =>
      world.cart.checkout(world.order(cartId, how), world.call(key));
    const getCart = (cartId: string) =>
      world.cart.getCart({ cartId, sessionId: world.sessionId }, world.call());

    it('pays: stock taken, money captured, event written, cart emptied', async () => {
      const cartId = await world.newCart({ tea: 2, cup: 1 });
      const paid = await checkout(cartId, 'k', { version: 3 });
      expect(paid).toEqual({ orderId: paid.orderId, status: 'paid', totalCents: 1_700 });
      expect(await world.view(paid.orderId)).toEqual({
        id: paid.orderId,
        status: 'paid',
        lines: [
          { productId: 'tea', quantity: 2, priceCents: 250 },
          { productId: 'cup', quantity: 1, priceCents: 1_200 },
        ],
        totalCents: 1_700,
        payment: { status: 'captured', declineCode: null },
        shipment: null,
      });
      expect(world.catalog.stockOf('tea')).toBe(8);
      expect(world.payment.keys).toEqual([`${paid.orderId}:charge`]);
      expect([...world.payment.amounts]).toEqual([[paid.orderId, 1_700]]);
      const lines = [
        { productId: 'tea', quantity: 2 },
        { productId: 'cup', quantity: 1 },
      ];
      const { address } = world.order(cartId);
      expect(await world.paidPayloads(paid.orderId)).toEqual([
        { payload: { orderId: paid.orderId, totalCents: 1_700, lines, address } },
      ]);
      expect(await getCart(cartId)).toMatchObject({ items: [], version: 4 });
    });

    it('repeats its answer for the same key, also after the order has shipped and the cart is in use again', async () => {
      const cartId = await world.newCart();
      const paid = await checkout(cartId, 'k');
      await db.admin(`UPDATE cart.orders SET status = 'shipped' WHERE id = $1`, [paid.orderId]);
      await world.cart.setItem(
        { sessionId: world.sessionId, cartId, productId: 'tea', quantity: 1 },
        world.call(),
      );
      expect(await checkout(cartId, 'k')).toEqual(paid);
      const second = await checkout(cartId, 'k2');
      expect(second.orderId).not.toBe(paid.orderId);
      expect(world.catalog.stockOf('tea')).toBe(7);
    });

    it('refuses the same key with another body', async () => {
      const cartId = await world.newCart();
      const { orderId } = await checkout(cartId, 'k');
      const conflict = { code: 'key_conflict', details: { orderId } };
      for (const how of [{ token: 'tok_other' }, { name: 'Bob' }, { version: 1 }])
        await expect(checkout(cartId, 'k', how)).rejects.toMatchObject(conflict);
      await expect(checkout('other-cart', 'k')).rejects.toMatchObject(conflict);
    });

    it('gives one key to one of several carts that are checked out with it at the same time', async () => {
      const carts = await Promise.all([1, 2, 3, 4].map(() => world.newCart({ tea: 1 })));
      const ends = await Promise.allSettled(carts.map((cartId) => checkout(cartId, 'k')));
      const codes = ends.map((end) =>
        end.status === 'rejected' ? (end.reason as BusinessError).code : 'paid',
      );
      expect(codes.sort()).toEqual(['key_conflict', 'key_conflict', 'key_conflict', 'paid']);
      expect(await world.orders()).toHaveLength(1);
    });

    it('refuses a cart that is empty, has changed, or is another session’s, and leaves the key unused', async () => {
      const cartId = await world.newCart({});
      await expect(checkout(cartId, 'k')).rejects.toMatchObject({ code: 'cart_empty' });
      await expect(checkout('no-such-cart', 'k')).rejects.toMatchObject({ code: 'cart_not_found' });
      const { sessionId } = world;
      await world.cart.setItem({ sessionId, cartId, productId: 'tea', quantity: 1 }, world.call());
      await expect(checkout(cartId, 'k', { version: 1 })).rejects.toMatchObject({ code: 'cart_changed' });
      const strangers = { ...world.order(cartId), sessionId: 'stranger' };
      await expect(world.cart.checkout(strangers, world.call('k'))).rejects.toMatchObject({
        code: 'cart_not_found',
      });
      expect((await checkout(cartId, 'k')).status).toBe('paid');
    });

    it('gives stock back when the card is declined, keeps that answer, and lets another card pay', async () => {
      const cartId = await world.newCart();
      const declined = checkout(cartId, 'k', { token: 'tok_declined' });
      await expect(declined).rejects.toMatchObject({ code: 'card_declined' });
      const orderId = String((await world.orders())[0]?.['id']);
      const refusal = { code: 'card_declined', details: { orderId, declineCode: 'card_declined' } };
      await expect(declined).rejects.toMatchObject(refusal);
      await expect(checkout(cartId, 'k', { token: 'tok_declined' })).rejects.toMatchObject(refusal);
      expect(world.catalog.stockOf('tea')).toBe(10);
      expect(world.payment.keys).toHaveLength(1);
      expect(await world.view(orderId)).toMatchObject({
        status: 'cancelled',
        payment: { status: 'declined', declineCode: 'card_declined' },
      });
      expect((await checkout(cartId, 'k2')).status).toBe('paid');
    });

    it('gives the last piece to one of two, and keeps the refusal of the other, which names the product', async () => {
      world.catalog.set('lamp', 1);
      const carts = [await world.newCart({ lamp: 1 }), await world.newCart({ lamp: 1 })];
      const ends = await Promise.allSettled(carts.map((cartId, n) => checkout(cartId, `k${n}`)));
      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const loser = ends.findIndex(({ status }) => status === 'rejected');
      const refusal = { code: 'out_of_stock', details: { productId: 'lamp' } };
      expect(ends[loser]).toMatchObject({ reason: refusal });
      world.catalog.set('lamp', 5);
      await expect(checkout(carts[loser] ?? '', `k${loser}`)).rejects.toMatchObject(refusal);
      expect(world.catalog.stockOf('lamp')).toBe(5);
    });

    it('makes one order of many requests with one key, and of one purchase under two keys', async () => {
      let open = (): void => undefined;
      world.catalog.gate = new Promise((resolve) => (open = resolve));
      const cartId = await world.newCart();
      const answering = Promise.all(['k', 'k', 'k', 'k2', 'k2'].map((key) => checkout(cartId, key)));
      const keys = 'SELECT key FROM cart.checkout_requests WHERE session_id = $1';
      await expect.poll(() => db.admin(keys, [world.sessionId])).toHaveLength(2);
      open();
      const answers = await answering;
      expect(new Set(answers.map(({ orderId }) => orderId)).size).toBe(1);
      expect(answers.every(({ status }) => status === 'paid')).toBe(true);
      expect(await world.orders()).toHaveLength(1);
      expect([...world.payment.captures.values()]).toEqual([1]);
    });

    it('keeps the order when the bank is silent, and pays it with the same key later', async () => {
      world.payment.mood = 'silent_captured';
      const cartId = await world.newCart();
      const pending = await checkout(cartId, 'k');
      expect(pending.status).toBe('payment_pending');
      expect(await world.view(pending.orderId)).toMatchObject({ status: 'payment_pending' });
      expect(await checkout(cartId, 'k')).toEqual(pending);
      expect(world.catalog.stockOf('tea')).toBe(8);
      world.payment.mood = 'definite';
      await world.timePasses();
      expect(await world.recover()).toEqual({ recovered: 1, open: 0 });
      expect(await checkout(cartId, 'k')).toEqual({ ...pending, status: 'paid' });
      expect(new Set(world.payment.keys)).toEqual(new Set([`${pending.orderId}:charge`]));
      expect([...world.payment.captures.values()]).toEqual([1]);
    });

    it('brings all that are due to their end in one run, however many more than it drives at once', async () => {
      world.payment.mood = 'silent';
      world.catalog.set('tea', 100);
      const carts = await Promise.all(Array.from({ length: 20 }, () => world.newCart({ tea: 1 })));
      await Promise.all(carts.map((cartId, n) => checkout(cartId, `k${n}`)));
      world.payment.mood = 'definite';
      await world.timePasses();
      expect(await world.recover()).toEqual({ recovered: 20, open: 0 });
    });

    it('gives an order up when the bank stays silent: first no money, then the stock back', async () => {
      world.payment.mood = 'silent';
      const cartId = await world.newCart();
      const pending = await checkout(cartId, 'k');
      await world.patienceEnds();
      expect(await world.recover()).toEqual({ recovered: 0, open: 1 });
      expect(world.catalog.stockOf('tea')).toBe(8);
      world.payment.mood = 'definite';
      await world.timePasses();
      expect(await world.recover()).toEqual({ recovered: 1, open: 0 });
      expect(world.payment.keys.at(-1)).toBe(`${pending.orderId}:cancel`);
      expect(world.catalog.stockOf('tea')).toBe(10);
      expect(world.payment.charges.get(pending.orderId)).toBe('voided');
      await expect(checkout(cartId, 'k')).rejects.toMatchObject({
        code: 'card_declined',
        details: { declineCode: 'not_confirmed' },
      });
      expect((await world.view(pending.orderId)).payment).toEqual({
        status: 'voided',
        declineCode: 'not_confirmed',
      });
      expect(await getCart(cartId)).toMatchObject({ totalCents: 500 });
    });

    it('keeps the order when the catalogue is away, and goes on when it is back', async () => {
      world.catalog.away = true;
      const cartId = await world.newCart();
      expect((await checkout(cartId, 'k')).status).toBe('payment_pending');
      world.catalog.away = false;
      await world.timePasses();
      expect(await world.recover()).toEqual({ recovered: 1, open: 0 });
      expect((await checkout(cartId, 'k')).status).toBe('paid');
    });

    it('does not order a cart version in two ways at once', async () => {
      world.payment.mood = 'silent';
      const cartId = await world.newCart();
      await checkout(cartId, 'k');
      for (const [key, how] of Object.entries({ k2: { token: 'tok_other' }, k3: { name: 'Bob' } }))
        await expect(checkout(cartId, key, how)).rejects.toMatchObject({ code: 'in_progress' });
      expect(await world.orders()).toHaveLength(1);
    });

    it('leaves in the cart what was put in while the order was open', async () => {
      world.payment.mood = 'silent_captured';
      const cartId = await world.newCart({ tea: 2 });
      await checkout(cartId, 'k');
      const { sessionId } = world;
      await world.cart.setItem({ sessionId, cartId, productId: 'cup', quantity: 1 }, world.call());
      await world.cart.setItem({ sessionId, cartId, productId: 'tea', quantity: 3 }, world.call());
      world.payment.mood = 'definite';
      await world.timePasses();
      await world.recover();
      expect((await getCart(cartId)).items).toEqual([
        { productId: 'tea', quantity: 1, priceCents: 250 },
        { productId: 'cup', quantity: 1, priceCents: 1_200 },
      ]);
    });

    const pendingThenChanged = async (cartId: string) => {
      const pending = await checkout(cartId, 'k');
      const cup = { sessionId: world.sessionId, cartId, productId: 'cup', quantity: 1 };
      const { version } = await world.cart.setItem(cup, world.call());
      const early = checkout(cartId, 'k2', { version });
      await expect(early).rejects.toMatchObject({
        code: 'in_progress',
        details: { orderId: pending.orderId },
      });
      world.payment.mood = 'definite';
      return version;
    };

    it('pays nothing twice of a cart that was changed while its order was open', async () => {
      world.payment.mood = 'silent_captured';
      const cartId = await world.newCart({ tea: 2 });
      const version = await pendingThenChanged(cartId);
      await world.timePasses();
      await world.recover();
      await expect(checkout(cartId, 'k2', { version })).rejects.toMatchObject({ code: 'cart_changed' });
      expect(await checkout(cartId, 'k2')).toMatchObject({ status: 'paid', totalCents: 1_200 });
      expect(world.catalog.stockOf('tea')).toBe(8);
    });

    it('orders a changed cart whole once the order that was open is given up', async () => {
      world.payment.mood = 'silent';
      const cartId = await world.newCart({ tea: 2 });
      const version = await pendingThenChanged(cartId);
      await world.patienceEnds();
      expect(await checkout(cartId, 'k2', { version })).toMatchObject({ status: 'paid', totalCents: 1_700 });
      expect(world.catalog.stockOf('tea')).toBe(8);
    });

    it('answers in_progress when the first request of a key outlasts the second', async () => {
      let open = (): void => undefined;
      world.catalog.gate = new Promise((resolve) => (open = resolve));
      const cartId = await world.newCart();
      const first = checkout(cartId, 'k');
      await expect.poll(() => world.orders()).toHaveLength(1);
      const second = world.cart.checkout(world.order(cartId), world.call('k', { deadlineMs: 1_500 }));
      const [order] = await world.orders();
      await expect(second).rejects.toMatchObject({
        code: 'in_progress',
        details: { orderId: order?.['id'] },
      });
      open();
      expect((await first).status).toBe('paid');
    });

    it('shows an order to its own session only', async () => {
      const { orderId } = await checkout(await world.newCart(), 'k');
      const stranger = world.cart.getOrder({ sessionId: 'stranger', orderId }, world.call());
      await expect(stranger).rejects.toMatchObject({ code: 'order_not_found' });
    });

    it('lists what its session ordered, the newest first, with how it stands', async () => {
      const { sessionId } = world;
      const list = async (who = sessionId) =>
        (await world.cart.listOrders({ sessionId: who }, world.call())).orders;
      expect(await list()).toEqual([]);
      const first = await checkout(await world.newCart(), 'k1');
      world.payment.mood = 'silent';
      const second = await checkout(await world.newCart({ cup: 1 }), 'k2');
      const orderedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string;
      expect(await list()).toEqual([
        { id: second.orderId, status: 'payment_pending', totalCents: second.totalCents, orderedAt },
        { id: first.orderId, status: 'paid', totalCents: first.totalCents, orderedAt },
      ]);
      expect(await list('stranger')).toEqual([]);
      await db.admin(
        `INSERT INTO cart.orders (id, session_id, cart_id, cart_version, lines, total_cents, address, details_hash,
           root_id, due_at, give_up_at, created_at, status, saga_state)
         SELECT id || n, session_id, cart_id || n, n, lines, n, address, '', root_id, due_at, give_up_at,
           created_at + n * interval '1 minute', 'paid', 'paid'
         FROM cart.orders, generate_series(1, 20) n WHERE id = $1`,
        [second.orderId],
      );
      const newest = Array.from({ length: MOST_LISTED }, (_, n) => 20 - n);
      expect((await list()).map(({ totalCents }) => totalCents)).toEqual(newest);
    });

    it('marks an order shipped once, in the order of versions', async () => {
      const { orderId } = await checkout(await world.newCart(), 'k');
      const event = (version: number) => ({
        id: `event-${orderId}-${version}`,
        name: 'shipment.created' as const,
        aggregateId: `shipment-${orderId}`,
        version,
        payload: { orderId, shipmentId: `shipment-${orderId}`, trackingNumber: 'T-1' },
        rootId: '0000000000000001',
        at: 1,
      });
      const apply = async (version: number) =>
        (await world.cart.applyShipmentCreated(event(version), world.call(event(version).id))).applied;
      expect(await apply(2)).toBe('gap');
      expect(await apply(1)).toBe('applied');
      expect(await apply(1)).toBe('skipped');
      expect(await world.view(orderId)).toMatchObject({
        status: 'shipped',
        shipment: { status: 'created', trackingNumber: 'T-1' },
      });
    });
  });
}
