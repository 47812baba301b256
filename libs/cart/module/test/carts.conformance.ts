import type { TestPlacement } from '@atlas/coupling-testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { cartDatabase, type CartDatabase } from './cart-database.ts';
import { CartWorld, fresh } from './cart-world.ts';

/** What carts promise, wherever the module is placed. */
export function cartsConformance(placement: TestPlacement): void {
  describe(`carts, placed ${placement}`, () => {
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

    const set = (cartId: string, productId: string, quantity: number, key = fresh('key')) =>
      world.cart.setItem({ sessionId: world.sessionId, cartId, productId, quantity }, world.call(key));
    const get = (cartId: string, sessionId = world.sessionId) =>
      world.cart.getCart({ cartId, sessionId }, world.call());

    it('makes one cart per session and key', async () => {
      const { sessionId } = world;
      const made = await world.cart.createCart({ sessionId }, world.call('same'));
      expect(made).toEqual({ id: made.id, items: [], totalCents: 0, currency: 'EUR', version: 1 });
      expect((await world.cart.createCart({ sessionId }, world.call('same'))).id).toBe(made.id);
      expect((await world.cart.createCart({ sessionId }, world.call('other'))).id).not.toBe(made.id);
      const other = await world.cart.createCart({ sessionId: fresh('session') }, world.call('same'));
      expect(other.id).not.toBe(made.id);
    });

    it('adds up lines at the prices of the catalogue', async () => {
      const cartId = await world.newCart({ tea: 2, cup: 1 });
      expect(await get(cartId)).toEqual({
        id: cartId,
        items: [
          { productId: 'tea', quantity: 2, priceCents: 250 },
          { productId: 'cup', quantity: 1, priceCents: 1_200 },
        ],
        totalCents: 1_700,
        currency: 'EUR',
        version: 3,
      });
      expect(await set(cartId, 'tea', 0)).toMatchObject({ totalCents: 1_200, version: 4 });
    });

    it('does not show or change a cart of another session', async () => {
      const cartId = await world.newCart();
      await expect(get(cartId, 'stranger')).rejects.toMatchObject({ code: 'cart_not_found' });
      const input = { sessionId: 'stranger', cartId, productId: 'tea', quantity: 1 };
      await expect(world.cart.setItem(input, world.call())).rejects.toMatchObject({ code: 'cart_not_found' });
      await expect(get('no-such-cart')).rejects.toMatchObject({ code: 'cart_not_found' });
    });

    it('refuses unknown products and more than there is', async () => {
      const cartId = await world.newCart();
      await expect(set(cartId, 'unicorn', 1)).rejects.toMatchObject({ code: 'product_not_found' });
      await expect(set(cartId, 'cup', 6)).rejects.toMatchObject({ code: 'out_of_stock' });
      expect(await set(cartId, 'cup', 5)).toMatchObject({ totalCents: 6_500 });
    });

    it('lets a late retry of a change have no second effect', async () => {
      const cartId = await world.newCart({});
      const first = await set(cartId, 'tea', 2, 'first');
      await set(cartId, 'tea', 3, 'second');
      expect(await set(cartId, 'tea', 2, 'first')).toEqual(first);
      expect((await get(cartId)).items[0]?.quantity).toBe(3);
    });

    it('repeats the answer of a change though the product is sold out by now', async () => {
      const cartId = await world.newCart({});
      const first = await set(cartId, 'tea', 2, 'first');
      world.catalog.set('tea', 0);
      expect(await set(cartId, 'tea', 2, 'first')).toEqual(first);
      await expect(set(cartId, 'tea', 2)).rejects.toMatchObject({ code: 'out_of_stock' });
      await expect(set(cartId, 'tea', 3, 'first')).rejects.toMatchObject({ code: 'out_of_stock' });
    });

    it('refuses the same key for another change', async () => {
      const cartId = await world.newCart({});
      await set(cartId, 'tea', 2, 'first');
      for (const [product, quantity] of [
        ['cup', 2],
        ['tea', 3],
      ] as const)
        await expect(set(cartId, product, quantity, 'first')).rejects.toMatchObject({ code: 'key_conflict' });
    });

    it('loses none of many changes at the same time', async () => {
      const cartId = await world.newCart({});
      const names = Array.from({ length: 12 }, (_, n) => `p-${n}`);
      for (const name of names) world.catalog.set(name, 9, 1);
      await Promise.all(names.map((name) => set(cartId, name, 1)));
      expect(await get(cartId)).toMatchObject({ totalCents: 12, version: 13 });
    });
  });
}
