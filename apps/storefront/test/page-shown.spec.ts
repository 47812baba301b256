import { expect, test } from 'vitest';
import type { Cart } from '../src/api/types.ts';
import { CartModel } from '../src/cart-model.ts';
import { onShown } from '../src/page-shown.ts';

const empty: Cart = { id: 'c1', items: [], totalCents: 0, currency: 'EUR', version: 0 };
const kettle = { productId: 'kettle', quantity: 1, priceCents: 3_000 };

test('who comes back to a page sees what another one has put into the cart', async () => {
  const page = Object.assign(new EventTarget(), { hidden: false });
  let held = empty;
  const cart = new CartModel({ load: () => Promise.resolve(held), setQuantity: () => Promise.resolve(held) });
  await cart.reload();
  let read: Promise<void> | undefined;
  const stop = onShown(() => {
    read = cart.reload();
  }, page);
  const turn = async (hidden: boolean) => {
    page.hidden = hidden;
    page.dispatchEvent(new Event('visibilitychange'));
    await read;
    return cart.view().cart?.items;
  };
  held = { ...empty, items: [kettle], totalCents: 3_000, version: 1 };
  expect(await turn(true)).toEqual([]);
  expect(await turn(false)).toEqual([kettle]);
  stop();
  held = { ...empty, version: 2 };
  expect(await turn(false)).toEqual([kettle]);
});
