import { keep, kept, Problem, request } from './request.ts';
import type { Address, Cart, CheckoutAnswer, ListedOrder, Order, Product, ProductPage } from './types.ts';

const CART_KEY = 'atlas.cart';
const id = encodeURIComponent;

/** All of what a search finds fits on one page nearly always, so that it can be sorted; the whole range comes in parts. */
const PAGE = { search: '100', range: '24' };

export const listProducts = (q: string, cursor?: string): Promise<ProductPage> => {
  const query = new URLSearchParams({ limit: q ? PAGE.search : PAGE.range });
  if (q) query.set('q', q);
  if (cursor) query.set('cursor', cursor);
  return request(`/api/products?${query.toString()}`);
};

const products = new Map<string, Promise<Product>>();

/** One product, fetched once until it is forgotten: names, pictures and stock of cart and order lines. */
export const productOnce = (productId: string): Promise<Product> => {
  const known = products.get(productId);
  if (known) return known;
  const fetched = getProduct(productId);
  products.set(productId, fetched);
  fetched.catch(() => products.delete(productId));
  return fetched;
};

/** Something has just sold out, and what was fetched does not know. */
export const forgetProducts = (): void => products.clear();

export const getProduct = (productId: string): Promise<Product> => request(`/api/products/${id(productId)}`);

const cartOf = (cartId: string): Promise<Cart> => request(`/api/carts/${id(cartId)}`);

/** Windows that begin together make one each: all take the one that was kept first. @param gone what was kept before */
async function newCart(gone: string | null): Promise<Cart> {
  const cart = await request<Cart>('/api/carts', { method: 'POST', body: {} });
  const first = kept(CART_KEY);
  const taken = first && first !== gone ? await orNone(cartOf(first)) : undefined;
  if (!taken) keep(CART_KEY, cart.id);
  return taken ?? cart;
}

/** Undefined: it is of another session, or gone. */
const orNone = (read: Promise<Cart>): Promise<Cart | undefined> =>
  read.catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  });

/** The session's cart; a cart of another session, or one that is gone, is replaced by a new one. */
export async function currentCart(): Promise<Cart> {
  const known = kept(CART_KEY);
  return (known ? await orNone(cartOf(known)) : undefined) ?? newCart(known);
}

export const setQuantity = (cartId: string, productId: string, quantity: number): Promise<Cart> =>
  request(`/api/carts/${id(cartId)}/items/${id(productId)}`, { method: 'PUT', body: { quantity } });

/** An idempotency key of 128 random bits. Not `randomUUID`: browsers have none on a page of plain http, loopback excepted. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const checkOut = (
  cart: Cart,
  details: { readonly token: string; readonly address: Address; readonly key: string },
): Promise<CheckoutAnswer> =>
  request(`/api/carts/${id(cart.id)}/checkout`, {
    method: 'POST',
    idempotencyKey: details.key,
    body: { payment: { token: details.token }, address: details.address, version: cart.version },
  });

/** The session's newest, the newest first. */
export const listOrders = async (): Promise<readonly ListedOrder[]> =>
  (await request<{ readonly orders: readonly ListedOrder[] }>('/api/orders')).orders;

/** Whether an order of the session waits: what it holds has left the shelf, is in the cart still, and may come back. */
export async function anyOrderWaits(): Promise<boolean> {
  const waits = (await listOrders()).some(
    ({ status }) => status === 'pending' || status === 'payment_pending',
  );
  if (waits) forgetProducts();
  return waits;
}

export async function getOrder(orderId: string): Promise<Order> {
  const order = await request<Order>(`/api/orders/${id(orderId)}`);
  if (order.status !== 'paid' && order.status !== 'shipped') forgetProducts(); // what it holds may come back to the shelf
  return order;
}
