import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { ROLES } from '../src/migrate-shop.ts';
import { checkoutBody, json } from './edge-fixture.ts';
import { startShop, type Shop } from './shop-fixture.ts';

interface Product {
  readonly id: string;
  readonly stock: number;
  readonly priceCents: number;
}
interface Cart {
  readonly id: string;
  readonly version: number;
  readonly totalCents: number;
}

let shop: Shop;
let products: Product[];
beforeAll(async () => {
  shop = await startShop(inject('postgresUrl'));
  products = ((await (await fetch(`${shop.edgeUrl}/api/products?limit=100`)).json()) as { items: Product[] })
    .items;
});
afterAll(() => shop.close());

async function call<T>(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: T; headers: Headers }> {
  const response = await fetch(shop.edgeUrl + path, init);
  const { status, headers } = response;
  expect(headers.get('x-atlas-epoch')).toBe('1');
  expect(headers.get('x-atlas-mode')).toBe('tight');
  return { status, headers, body: (await response.json()) as T };
}

async function newSession(): Promise<{ authorization: string }> {
  const { body } = await call<{ token: string }>('/api/sessions', { method: 'POST' });
  return { authorization: `Bearer ${body.token}` };
}

async function newCart(items: Record<string, number> = {}) {
  const session = await newSession();
  let { body: cart } = await call<Cart>('/api/carts', json({}, session));
  for (const [id, quantity] of Object.entries(items)) {
    const set = await call<Cart>(`/api/carts/${cart.id}/items/${id}`, {
      ...json({ quantity }, session),
      method: 'PUT',
    });
    expect(set.status).toBe(200);
    cart = set.body;
  }
  return { session, cart };
}

interface Answer {
  readonly code?: string;
  readonly orderId?: string;
  readonly status?: string;
  readonly totalCents?: number;
}
const checkOut = (cartId: string, session: object, key: string, body: object) =>
  call<Answer>(`/api/carts/${cartId}/checkout`, json(body, { ...session, 'idempotency-key': key }));

const inStock = (atLeast: number): Product => {
  const found = products.find(({ stock }) => stock >= atLeast);
  if (!found) throw new Error('the seed has no such product');
  return found;
};

describe('the shop as one process', () => {
  it('lets only modules that publish events write any', async () => {
    const writers = await shop.sql<{ rolname: string }>(
      `SELECT rolname FROM pg_roles WHERE rolname IN ('${ROLES.join("','")}')
         AND has_table_privilege(rolname, 'event_log.events', 'INSERT') ORDER BY rolname`,
    );
    expect(writers.map(({ rolname }) => rolname)).toEqual(['cart', 'shipping']);
  });

  it('sells: from the first product to a shipped order, paid once', async () => {
    const product = inStock(5);
    const { session, cart } = await newCart({ [product.id]: 2 });
    expect(cart.totalCents).toBe(2 * product.priceCents);
    const body = checkoutBody('tok_ok', { version: cart.version });
    const paid = await checkOut(cart.id, session, 'first', body);
    expect([paid.status, paid.body]).toEqual([
      201,
      { orderId: expect.any(String), status: 'paid', totalCents: cart.totalCents },
    ]);
    const again = await checkOut(cart.id, session, 'first', body);
    expect([again.status, again.body]).toEqual([201, paid.body]);
    const other = await checkOut(cart.id, session, 'first', checkoutBody('tok_declined'));
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);

    const order = `/api/orders/${paid.body.orderId}`;
    await vi.waitFor(async () => {
      const { body: seen } = await call<{ status: string }>(order, { headers: session });
      expect(seen.status).toBe('shipped');
    });
    expect((await call<Answer>(order, { headers: await newSession() })).body.code).toBe('order_not_found');
    expect([...shop.bank.charges.values()].filter(({ status }) => status === 'captured')).toHaveLength(1);
    const after = await call<Product>(`/api/products/${product.id}`);
    await vi.waitFor(async () => {
      const { body: shown } = await call<Product>(`/api/products/${product.id}`);
      expect(shown.stock).toBe(product.stock - 2);
    });
    expect(after.status).toBe(200);
  });

  it('answers one key once, however many ask at the same time', async () => {
    const product = inStock(20);
    const { session, cart } = await newCart({ [product.id]: 1 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => checkOut(cart.id, session, 'same', checkoutBody('tok_ok'))),
    );
    const orders = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.orderId));
    expect(orders.size).toBe(1);
    for (const { status, body } of answers) expect([201, 409], body.code).toContain(status);
    expect(await shop.sql(`SELECT id FROM cart.orders WHERE id = '${[...orders][0]}'`)).toHaveLength(1);
  });

  it('refuses a declined card and gives the stock back', async () => {
    const { id } = inStock(15);
    const stockOf = async () => {
      const [row] = await shop.sql<{ stock: number }>(
        `SELECT stock FROM catalog.products WHERE id = '${id}'`,
      );
      return row?.stock;
    };
    const before = await stockOf();
    const { session, cart } = await newCart({ [id]: 3 });
    const declined = await checkOut(cart.id, session, 'k', checkoutBody('tok_declined'));
    expect([declined.status, declined.body.code]).toEqual([402, 'card_declined']);
    await vi.waitFor(async () => expect(await stockOf()).toBe(before));
  });

  it('refuses an empty and a changed cart, and more than there is', async () => {
    const empty = await newCart();
    const nothing = await checkOut(empty.cart.id, empty.session, 'k', checkoutBody('tok_ok'));
    expect([nothing.status, nothing.body.code]).toEqual([409, 'cart_empty']);
    const { session, cart } = await newCart({ [inStock(3).id]: 1 });
    for (const version of [cart.version + 1, 2 ** 31, Number.MAX_SAFE_INTEGER, 1e300]) {
      const changed = await checkOut(cart.id, session, `k${version}`, checkoutBody('tok_ok', { version }));
      expect([changed.status, changed.body.code]).toEqual([409, 'cart_changed']);
    }
    const plenty = products.findLast(({ stock }) => stock >= 100); // sold by no other test
    if (plenty === undefined) throw new Error('the seed has no such product');
    const path = `/api/carts/${cart.id}/items/${plenty.id}`;
    for (const quantity of [plenty.stock + 1, 1_000_000, 2 ** 31 - 1]) {
      const tooMany = await call<Answer>(path, { ...json({ quantity }, session), method: 'PUT' });
      expect([tooMany.status, tooMany.body.code]).toEqual([409, 'out_of_stock']);
    }
    const all = await newCart({ [plenty.id]: plenty.stock });
    const sold = await checkOut(all.cart.id, all.session, 'all', checkoutBody('tok_ok'));
    expect([sold.status, sold.body.totalCents]).toEqual([201, plenty.stock * plenty.priceCents]);
  });

  it('shows a cart to its own session only', async () => {
    const { cart } = await newCart();
    const stranger = await newSession();
    const product = inStock(1).id;
    const asked = [
      await call<Answer>(`/api/carts/${cart.id}`, { headers: stranger }),
      await call<Answer>(`/api/carts/${cart.id}/items/${product}`, {
        ...json({ quantity: 1 }, stranger),
        method: 'PUT',
      }),
      await call<Answer>(`/api/carts/${cart.id}/items/${product}`, { method: 'DELETE', headers: stranger }),
      await checkOut(cart.id, stranger, 'k', checkoutBody('tok_ok')),
    ];
    for (const { status, body } of asked) expect([status, body.code]).toEqual([404, 'cart_not_found']);
  });

  it.each([
    ['/api/products?cursor=%F0%9F%98%80', 400],
    ['/api/products?cursor=eyJ9', 400],
    [`/api/products?cursor=${Buffer.from('{"position":1e99}').toString('base64url')}`, 400],
    [`/api/products?q=${encodeURIComponent("'; DROP TABLE products; --")}`, 200],
    [`/api/products?q=${encodeURIComponent('\\ % _ : & | ! ( ) <-> " *')}`, 200],
    [`/api/products?q=${encodeURIComponent('😀🙈\u202e')}`, 200],
    ['/api/products?q=', 200],
    ['/api/products/-', 404],
    ['/api/carts/-', 401],
  ])('answers %s with %i', async (path, status) => {
    expect((await call(path)).status).toBe(status);
  });

  it.each(['-', '0', 'not-a-uuid', 'No_Such_Id', 'f'.repeat(64), '00000000-0000-0000-0000-000000000000'])(
    'does not find the cart or order %s',
    async (id) => {
      const headers = await newSession();
      expect((await call<Answer>(`/api/carts/${id}`, { headers })).status).toBe(404);
      expect((await call<Answer>(`/api/orders/${id}`, { headers })).status).toBe(404);
    },
  );

  it('has logged no defect', () => {
    expect(shop.logged.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });

  it('may be migrated again while it runs, and keeps what was sold', async () => {
    const count = 'SELECT sum(stock) AS stock, count(*) AS products FROM catalog.products';
    const before = await shop.sql(count);
    await shop.migrate();
    expect(await shop.sql(count)).toEqual(before);
    expect((await call('/api/products')).status).toBe(200);
  });
});

describe('a bundle that has left', () => {
  it('admits nobody, whoever still asks', async () => {
    await shop.leave();
    expect(() => shop.coupling?.admit({ label: 'late' })).toThrow('this host admits nobody any more');
  });
});
