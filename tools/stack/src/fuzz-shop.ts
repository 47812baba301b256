/** What a fuzzer cannot come upon by itself: products that exist, and carts with something in them. */
import type { Stack } from '@atlas/platform-stack';

const PRODUCTS = 12;
const CARTS = 24;

export interface ShopFacts {
  /** Of the session that owns the carts. */
  readonly token: string;
  readonly products: readonly string[];
  readonly carts: readonly string[];
}

export interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
}

/** @throws Error when the answer is no success. */
export async function ask<T>(url: string, { method = 'GET', token, body }: Ask = {}): Promise<T> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}`);
  return (await answer.json()) as T;
}

/** Opens a session and fills carts. */
export async function furnish({ edgeUrl }: Stack): Promise<ShopFacts> {
  const { token } = await ask<{ token: string }>(`${edgeUrl}/api/sessions`, { method: 'POST' });
  const list = `${edgeUrl}/api/products?limit=${PRODUCTS}`;
  const { items } = await ask<{ items: { id: string }[] }>(list);
  const products = items.map(({ id }) => id);
  const carts: string[] = [];
  for (let number = 0; number < CARTS; number += 1) {
    const { id } = await ask<{ id: string }>(`${edgeUrl}/api/carts`, { method: 'POST', token });
    const product = products[number % products.length] ?? '';
    const item = `${edgeUrl}/api/carts/${id}/items/${product}`;
    await ask(item, { method: 'PUT', token, body: { quantity: 1 } });
    carts.push(id);
  }
  return { token, products, carts };
}

/** How many charges the bank has captured: what shows that the requests got as far as a paid order. */
export async function capturedCharges({ acquirerUrl }: Stack): Promise<number> {
  const { items } = await ask<{ items: { status: string }[] }>(`${acquirerUrl}/v1/charges?after=`);
  return items.filter(({ status }) => status === 'captured').length;
}
