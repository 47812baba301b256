import { afterEach, expect, test, vi } from 'vitest';
import {
  anyOrderWaits,
  currentCart,
  forgetProducts,
  getOrder,
  newKey,
  productOnce,
} from '../src/api/shop.ts';
import { stockWord } from '../src/stock-word.ts';

afterEach(() => vi.unstubAllGlobals());

test('each attempt to pay has a key of its own, on a page of plain http, too', () => {
  const { crypto } = globalThis;
  const ofPlainHttp = {
    getRandomValues: (into: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(into),
  };
  vi.stubGlobal('crypto', ofPlainHttp);
  const keys = Array.from({ length: 100 }, newKey);
  expect(new Set(keys).size).toBe(100);
  expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
});

test('what has sold out is read again, and the cart says how many there are of what it holds more of', async () => {
  const stocks = [20, 12];
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ id: 'mug', stock: stocks.shift() })));
  expect((await productOnce('mug')).stock).toBe(20);
  expect((await productOnce('mug')).stock).toBe(20);
  forgetProducts();
  const { stock } = await productOnce('mug');
  expect(stockWord(stock, 15).text).toBe('Only 12 left');
  expect([stockWord(stock).text, stockWord(5).text, stockWord(0, 15).text]).toEqual([
    'In stock',
    'Only 5 left',
    'Sold out',
  ]);
});

test('what an order holds is missed on the shelf until it ends, and is read again then', async () => {
  const orders = [['shipped', 'payment_pending'], ['pending'], ['paid', 'cancelled'], []];
  const answers: Record<string, () => object> = {
    '/api/orders': () => ({ orders: orders.shift()?.map((status) => ({ status })) }),
    '/api/products/pot': () => ({ id: 'pot', stock: orders.length }),
  };
  vi.stubGlobal('localStorage', { getItem: () => 'opened' });
  vi.stubGlobal('fetch', (path: string) => Promise.resolve(Response.json(answers[path]?.())));
  expect((await productOnce('pot')).stock).toBe(4);
  expect([await anyOrderWaits(), (await productOnce('pot')).stock]).toEqual([true, 3]);
  expect([await anyOrderWaits(), (await productOnce('pot')).stock]).toEqual([true, 2]);
  expect([await anyOrderWaits(), (await productOnce('pot')).stock]).toEqual([false, 2]);
  expect([await anyOrderWaits(), (await productOnce('pot')).stock]).toEqual([false, 2]);
});

test('what was missed on the shelf for an order is read again while it waits, and once it has come to nothing', async () => {
  const [order, stocks] = [
    ['payment_pending', 'payment_pending', 'cancelled', 'shipped'],
    [0, 1, 2],
  ];
  const answers: Record<string, () => object> = {
    '/api/orders/o1': () => ({ status: order.shift() }),
    '/api/products/vase': () => ({ id: 'vase', stock: stocks.shift() }),
  };
  vi.stubGlobal('localStorage', { getItem: () => 'opened' });
  vi.stubGlobal('fetch', (path: string) => Promise.resolve(Response.json(answers[path]?.())));
  const seen = async () => [(await getOrder('o1')).status, (await productOnce('vase')).stock];
  expect(await seen()).toEqual(['payment_pending', 0]);
  expect(await seen()).toEqual(['payment_pending', 1]);
  expect(await seen()).toEqual(['cancelled', 2]);
  expect(await seen()).toEqual(['shipped', 2]);
});

test('windows that begin together have one cart, but for one of another session', async () => {
  const held = new Map([['atlas.session', 'opened']]);
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => held.get(name) ?? null,
    setItem: (name: string, value: string) => held.set(name, value),
  });
  const carts = ['mine', 'theirs'];
  let meanwhile = 'theirs';
  vi.stubGlobal('fetch', (path: string, { method }: { method: string }) => {
    if (method === 'POST') held.set('atlas.cart', meanwhile);
    const cartId = method === 'POST' ? 'mine' : (path.split('/').at(-1) ?? '');
    return Promise.resolve(Response.json({ id: cartId }, { status: carts.includes(cartId) ? 200 : 404 }));
  });
  const cart = async () => [(await currentCart()).id, held.get('atlas.cart')];
  expect(await cart()).toEqual(['theirs', 'theirs']);
  held.set('atlas.cart', 'gone');
  expect(await cart()).toEqual(['theirs', 'theirs']);
  held.set('atlas.cart', (meanwhile = 'gone'));
  expect(await cart()).toEqual(['mine', 'mine']);
  held.delete('atlas.cart');
  meanwhile = 'of another session';
  expect(await cart()).toEqual(['mine', 'mine']);
});
