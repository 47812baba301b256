/**
 * A customer's whole way through the shop, with every ending that matters. One body for every placement: it knows the
 * public API and nothing of what serves it.
 */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { assertEventually } from './eventually.ts';
import { Visitor, type Answer } from './visitor.ts';

interface Product {
  readonly id: string;
  readonly name: string;
  readonly priceCents: number;
  readonly stock: number;
}

interface Cart {
  readonly id: string;
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly totalCents: number;
  readonly version: number;
}

interface Order {
  readonly status: string;
  readonly totalCents: number;
  readonly payment: { readonly status: string };
  readonly shipment: { readonly trackingNumber: string } | null;
}

interface Paid {
  readonly orderId: string;
  readonly status: string;
  readonly totalCents: number;
}

export interface JourneyPlace {
  readonly edgeUrl: string;
  /** A product with a stock of one, for this journey alone. */
  readonly lastItem: string;
}

const ADDRESS = {
  name: 'Ada Lovelace',
  line1: 'Main Street 1',
  city: 'Cork',
  postcode: 'T12',
  country: 'IE',
};
/** Enough that other customers do not buy it up meanwhile. */
const PLENTY = 20;

const paying = (token: string, version?: number) => ({
  payment: { token },
  address: ADDRESS,
  ...(version === undefined ? {} : { version }),
});

const as = <T>(answer: Answer): T => answer.body as T;

function said(answer: Answer, status: number, code?: string): Answer {
  expect({ asked: answer.asked, status: answer.status, code: answer.code }).toEqual({
    ...{ asked: answer.asked, status },
    code,
  });
  return answer;
}

/** Walks it. @returns every answer; rejects at the first that is not as it must be. */
export async function journey({ edgeUrl, lastItem }: JourneyPlace): Promise<readonly Answer[]> {
  const seen: Answer[] = [];
  const arrive = async (): Promise<Visitor> => {
    const visitor = new Visitor(edgeUrl, seen);
    said(await visitor.enter(), 201);
    return visitor;
  };
  const [visitor, stranger, patient] = await Promise.all([arrive(), arrive(), arrive()]);
  const [first, second] = await lookAround(visitor);
  await nobodyGetsIn(new Visitor(edgeUrl, seen), first);
  await Promise.all([
    slowBank(patient, first),
    (async () => {
      const cart = await fillCart(visitor, first, second);
      await onlyForItsOwner(stranger, cart);
      await refusedCards(visitor, cart);
      const order = await buy(visitor, cart);
      said(await stranger.ask('GET', `/api/orders/${order.orderId}`), 404, 'order_not_found');
      await race([visitor, stranger], lastItem);
      await shipped(visitor, order);
    })(),
  ]);
  return seen;
}

async function lookAround(visitor: Visitor): Promise<readonly [Product, Product]> {
  type Page = { readonly items: readonly Product[]; readonly nextCursor: string | null };
  const page = as<Page>(said(await visitor.ask('GET', '/api/products?limit=50'), 200));
  expect(page.items).toHaveLength(50);
  const next = as<Page>(
    said(
      await visitor.ask('GET', `/api/products?limit=50&cursor=${encodeURIComponent(page.nextCursor ?? '')}`),
      200,
    ),
  );
  expect(new Set([...page.items, ...next.items].map(({ id }) => id)).size).toBe(100);
  const [first, second] = [...page.items, ...next.items].filter(({ stock }) => stock > PLENTY);
  if (!first || !second) throw new Error('the catalogue is sold out');
  const word = first.name.split(' ').at(-1) ?? '';
  const found = as<Page>(
    said(await visitor.ask('GET', `/api/products?limit=100&q=${encodeURIComponent(word)}`), 200),
  );
  expect(found.items.map(({ id }) => id)).toContain(first.id);
  const shown = said(await visitor.ask('GET', `/api/products/${first.id}`), 200);
  expect(shown.body).toMatchObject({ id: first.id, name: first.name, priceCents: first.priceCents });
  expect(shown.headers.get('etag')).toBeTruthy();
  said(await visitor.ask('GET', '/api/products/no-such-thing'), 404, 'product_not_found');
  return [first, second];
}

async function nobodyGetsIn(nobody: Visitor, { id }: Product): Promise<void> {
  said(await nobody.ask('GET', `/api/products/${id}`), 200);
  said(await nobody.ask('POST', '/api/carts', { body: {} }), 401, 'no_session');
}

const newCart = async (visitor: Visitor): Promise<Cart> =>
  as<Cart>(said(await visitor.ask('POST', '/api/carts', { body: {} }), 201));

const put = (visitor: Visitor, cart: Cart, productId: string, quantity: number): Promise<Answer> =>
  visitor.ask('PUT', `/api/carts/${cart.id}/items/${productId}`, { body: { quantity } });

async function fillCart(visitor: Visitor, first: Product, second: Product): Promise<Cart> {
  const cart = await newCart(visitor);
  expect(cart).toMatchObject({ items: [], totalCents: 0 });
  const checkout = `/api/carts/${cart.id}/checkout`;
  said(await visitor.ask('POST', checkout, { body: paying('tok_ok'), key: randomUUID() }), 409, 'cart_empty');
  said(await put(visitor, cart, first.id, 3), 200);
  said(await put(visitor, cart, second.id, 1), 200);
  said(await visitor.ask('DELETE', `/api/carts/${cart.id}/items/${second.id}`), 200);
  const two = as<Cart>(said(await put(visitor, cart, first.id, 2), 200));
  expect(two.items.map(({ productId, quantity }) => [productId, quantity])).toEqual([[first.id, 2]]);
  expect(two.totalCents).toBe(2 * first.priceCents);
  expect(two.version).toBeGreaterThan(cart.version);
  expect(said(await visitor.ask('GET', `/api/carts/${cart.id}`), 200).body).toEqual(two);
  return two;
}

async function onlyForItsOwner(stranger: Visitor, cart: Cart): Promise<void> {
  const path = `/api/carts/${cart.id}`;
  said(await stranger.ask('GET', path), 404, 'cart_not_found');
  said(await put(stranger, cart, cart.items[0]?.productId ?? '', 9), 404, 'cart_not_found');
  const buying = { body: paying('tok_ok'), key: randomUUID() };
  said(await stranger.ask('POST', `${path}/checkout`, buying), 404, 'cart_not_found');
}

/** Refused, told so again for the same key, and nothing is lost: the cart is as it was. */
async function refusedCards(visitor: Visitor, cart: Cart): Promise<void> {
  const checkout = `/api/carts/${cart.id}/checkout`;
  said(await visitor.ask('POST', checkout, { body: paying('tok_ok') }), 400, 'invalid_request');
  for (const token of ['tok_declined', 'tok_insufficient_funds']) {
    const asked = { body: paying(token, cart.version), key: randomUUID() };
    said(await visitor.ask('POST', checkout, asked), 402, 'card_declined');
    said(await visitor.ask('POST', checkout, asked), 402, 'card_declined');
  }
  expect(as<Cart>(said(await visitor.ask('GET', `/api/carts/${cart.id}`), 200)).items).toEqual(cart.items);
}

async function buy(visitor: Visitor, cart: Cart): Promise<Paid> {
  const checkout = `/api/carts/${cart.id}/checkout`;
  const changed = { body: paying('tok_ok', cart.version + 7), key: randomUUID() };
  said(await visitor.ask('POST', checkout, changed), 409, 'cart_changed');
  const asked = { body: paying('tok_ok'), key: randomUUID() };
  const paid = as<Paid>(said(await visitor.ask('POST', checkout, asked), 201));
  expect(paid).toMatchObject({ status: 'paid', totalCents: cart.totalCents });
  expect(said(await visitor.ask('POST', checkout, asked), 201).body).toEqual(paid);
  const other = { body: paying('tok_declined'), key: asked.key };
  said(await visitor.ask('POST', checkout, other), 422, 'idempotency_key_reused');
  return paid;
}

const order = async (visitor: Visitor, id: string): Promise<Order> =>
  as<Order>(said(await visitor.ask('GET', `/api/orders/${id}`), 200));

async function shipped(visitor: Visitor, { orderId, totalCents }: Paid): Promise<void> {
  const last = await assertEventually(
    `order ${orderId} is shipped`,
    async () => {
      const now = await order(visitor, orderId);
      expect(now.status).toBe('shipped');
      return now;
    },
    { withinMs: 60_000, everyMs: 150 },
  );
  expect(last).toMatchObject({ totalCents, payment: { status: 'captured' } });
  expect(last.shipment?.trackingNumber).toBeTruthy();
  const { orders } = as<{ readonly orders: readonly object[] }>(
    said(await visitor.ask('GET', '/api/orders'), 200),
  );
  expect(orders).toContainEqual(expect.objectContaining({ id: orderId, status: 'shipped', totalCents }));
}

/** A bank that says nothing: the order is kept, and ends in what the bank did in the end. */
async function slowBank(visitor: Visitor, product: Product): Promise<void> {
  const cart = await newCart(visitor);
  said(await put(visitor, cart, product.id, 1), 200);
  const asked = { body: paying('tok_timeout'), key: randomUUID() };
  const answer = said(await visitor.ask('POST', `/api/carts/${cart.id}/checkout`, asked), 202);
  const { orderId, status } = as<Paid>(answer);
  expect(status).toBe('payment_pending');
  const end = await assertEventually(
    `order ${orderId} is definite`,
    async () => {
      const now = await order(visitor, orderId);
      expect(['shipped', 'cancelled']).toContain(now.status);
      return now;
    },
    { withinMs: 60_000, everyMs: 200 },
  );
  expect(end.payment.status).toBe(end.status === 'shipped' ? 'captured' : 'declined');
  const again = await visitor.ask('POST', `/api/carts/${cart.id}/checkout`, asked);
  if (end.status === 'shipped') expect(said(again, 201).body).toMatchObject({ orderId, status: 'paid' });
  else said(again, 402, 'card_declined');
}

/** Both have it in the cart; one gets it, the other is told why not. */
async function race(visitors: readonly Visitor[], lastItem: string): Promise<void> {
  const carts = await Promise.all(
    visitors.map(async (visitor) => {
      const cart = await newCart(visitor);
      said(await put(visitor, cart, lastItem, 2), 409, 'out_of_stock');
      said(await put(visitor, cart, lastItem, 1), 200);
      return cart;
    }),
  );
  const answers = await Promise.all(
    visitors.map((visitor, i) =>
      visitor.ask('POST', `/api/carts/${carts[i]?.id}/checkout`, {
        body: paying('tok_ok'),
        key: randomUUID(),
      }),
    ),
  );
  const endings = answers.map(({ status, code }) => `${status} ${code ?? 'paid'}`).sort();
  expect(endings).toEqual(['201 paid', '409 out_of_stock']);
}
