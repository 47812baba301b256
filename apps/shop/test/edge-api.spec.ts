import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sessions } from '../src/edge/sessions.ts';
import { ADDRESS, MUG, checkoutBody, json, startEdge, type EdgeFixture } from './edge-fixture.ts';

let edge: EdgeFixture;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

const problem = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const body = (await response.json()) as {
    code: string;
    status: number;
    errors?: { in: string; name: string }[];
    [more: string]: unknown;
  };
  expect(body.status).toBe(response.status);
  return body;
};
const checkout = (token: string, more: Record<string, string> = {}, body = checkoutBody(token)) =>
  edge.request(
    '/api/carts/cart-1/checkout',
    json(body, { ...edge.session(), 'idempotency-key': 'key-1', ...more }),
  );

describe('sessions', () => {
  it.each([
    ['an empty object', json({})],
    ['no body', { method: 'POST' }],
    ['an empty body', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '' }],
    [
      'an empty body of another type',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '' },
    ],
  ])('are opened by %s, as token and as cookie', async (_, init) => {
    const response = await edge.request('/api/sessions', init);
    expect(response.status).toBe(201);
    const { token } = (await response.json()) as { token: string };
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^atlas_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/);
    const bySession = await edge.request('/api/carts', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    const byCookie = await edge.request('/api/carts', {
      method: 'POST',
      headers: { cookie: `a=b; ${cookie.split(';')[0]}` },
    });
    expect([bySession.status, byCookie.status]).toEqual([201, 201]);
    const [first, second] = edge.asked.slice(-2).map(({ input }) => input as { sessionId: string });
    expect(first?.sessionId).toBe(second?.sessionId);
  });

  it.each([
    ['same-origin', true],
    ['none', true],
    ['same-site', false],
    ['cross-site', false],
  ])('asked for from %s come with a cookie: %s', async (site, told) => {
    const response = await edge.request('/api/sessions', {
      method: 'POST',
      headers: { 'sec-fetch-site': site },
    });
    expect([response.status, response.headers.has('set-cookie')]).toEqual([201, told]);
  });

  it.each([
    ['one that holds', () => edge.sessions.issue(), false],
    ['one that is over', () => new Sessions('another').issue(), true],
  ])('take the place of no cookie that holds: beside %s one comes: %s', async (_, issue, told) => {
    const headers = { cookie: issue().cookie.split(';')[0] ?? '' };
    const response = await edge.request('/api/sessions', { method: 'POST', headers });
    expect([response.status, response.headers.has('set-cookie')]).toEqual([201, told]);
  });

  it.each([
    ['none', {}],
    ['a forged token', { authorization: `Bearer ${'A'.repeat(22)}.zzzzzz.${'B'.repeat(43)}` }],
    ['an unknown scheme', { authorization: 'Basic eDp5' }],
    ['a broken cookie', { cookie: 'atlas_session=%00' }],
  ])('are needed for carts: %s is 401', async (_, headers) => {
    const response = await edge.request('/api/carts/cart-1', { headers });
    expect(response.status).toBe(401);
    expect((await problem(response)).code).toBe('no_session');
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('products', () => {
  it('are listed with defaults and with what the query says', async () => {
    const response = await edge.request('/api/products');
    expect(await response.json()).toEqual({ items: [MUG], nextCursor: null });
    expect(edge.asked.at(-1)?.input).toEqual({ limit: 20 });
    await edge.request('/api/products?q=t%C3%A9%20a&limit=100&cursor=c1');
    expect(edge.asked.at(-1)?.input).toEqual({ q: 'té a', limit: 100, cursor: 'c1' });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=99999999999999999999', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['q=%00', 'q'],
    [`q=${'x'.repeat(101)}`, 'q'],
    ['page=2', 'page'],
    ['__proto__=1', '__proto__'],
    ['cursor=stale', 'cursor'],
  ])('refuse ?%s and name the parameter', async (query, name) => {
    const response = await edge.request(`/api/products?${query}`);
    expect(response.status).toBe(400);
    const body = await problem(response);
    expect(body.code).toBe('invalid_request');
    expect(body.errors?.map((error) => `${error.in} ${error.name}`)).toEqual([`query ${name}`]);
  });

  it('carry an ETag that answers 304 with the current shape and without a body', async () => {
    const first = await edge.request('/api/products/blue-mug');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await edge.request('/api/products/blue-mug', { headers: { 'if-none-match': known } });
      expect([again.status, await again.text()]).toEqual([304, '']);
      expect(again.headers.get('etag')).toBe(etag);
      expect(again.headers.get('x-atlas-root')).toMatch(/^[0-9a-f]{16}$/);
    }
    const other = await edge.request('/api/products/blue-mug', { headers: { 'if-none-match': '"x"' } });
    expect(other.status).toBe(200);
  });

  it.each([
    ['/api/products/red-mug', 404, 'product_not_found'],
    ['/api/products/RED_mug', 404, 'product_not_found'],
    ['/api/products/r%C3%A9d', 400, 'invalid_request'],
    ['/api/products/%00', 400, 'invalid_request'],
    [`/api/products/${'x'.repeat(65)}`, 400, 'invalid_request'],
    [`/api/products/${'x'.repeat(201)}`, 414, 'uri_too_long'],
    ['/api/products/%zz', 400, 'invalid_request'],
    ['/api/products/..%2f..%2fetc', 400, 'invalid_request'],
    ['/api/nothing', 404, 'not_found'],
    ['/nothing', 404, 'not_found'],
  ])('answer %s with %i %s', async (path, status, code) => {
    const response = await edge.request(path);
    expect(response.status).toBe(status);
    expect((await problem(response)).code).toBe(code);
  });
});

describe('carts', () => {
  it('are opened under the key of the root and are the same with and without a body', async () => {
    for (const init of [json({}, edge.session()), { method: 'POST', headers: edge.session() }]) {
      const response = await edge.request('/api/carts', init);
      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({ id: 'cart-1', items: [], version: 0 });
      const root = response.headers.get('x-atlas-root') ?? '';
      expect(edge.asked.at(-1)).toMatchObject({ operation: 'createCart', rootId: root, key: `root:${root}` });
    }
  });

  it('are not opened by a body that is no object', async () => {
    for (const body of ['null', '[]', '0', '""']) {
      const response = await edge.request('/api/carts', json(body, edge.session()));
      expect([response.status, (await problem(response)).code]).toEqual([400, 'invalid_request']);
    }
  });

  it('belong to a session: what the module does not find is 404', async () => {
    const response = await edge.request('/api/carts/cart-2', { headers: edge.session() });
    expect([response.status, (await problem(response)).code]).toEqual([404, 'cart_not_found']);
  });

  it('take a quantity by PUT and 0 by DELETE', async () => {
    const put = await edge.request('/api/carts/cart-1/items/blue-mug', {
      ...json({ quantity: 3 }, edge.session()),
      method: 'PUT',
    });
    expect(put.status).toBe(200);
    expect(edge.asked.at(-1)?.input).toMatchObject({
      cartId: 'cart-1',
      productId: 'blue-mug',
      quantity: 3,
    });
    const remove = await edge.request('/api/carts/cart-1/items/blue-mug', {
      method: 'DELETE',
      headers: { ...edge.session(), 'content-type': 'application/json' },
    });
    expect(remove.status).toBe(200);
    expect(edge.asked.at(-1)?.input).toMatchObject({ quantity: 0 });
  });

  it.each([
    ['{"quantity":-1}', '/quantity'],
    ['{"quantity":2147483648}', '/quantity'],
    ['{"quantity":1.5}', '/quantity'],
    ['{"quantity":1e400}', '/quantity'],
    ['{"quantity":9007199254740993}', '/quantity'],
    ['{"quantity":"1"}', '/quantity'],
    ['{"quantity":null}', '/quantity'],
    ['{}', '/quantity'],
    ['{"quantity":1,"productId":"x"}', '/productId'],
    ['{"quantity":1,"sessionId":"x"}', '/sessionId'],
    ['{"quantity":1,"__proto__":{}}', '/__proto__'],
    ['[]', '/'],
    ['null', '/'],
    ['"x"', '/'],
    ['{"quantity":', '/'],
    ['[['.repeat(20_000), '/'],
    ['\uFEFF{"quantity":1}', '/'],
  ])('refuse the body %s and name the place', async (body, name) => {
    const before = edge.asked.length;
    const response = await edge.request('/api/carts/cart-1/items/blue-mug', {
      ...json(body, edge.session()),
      method: 'PUT',
    });
    expect(response.status).toBe(400);
    const { code, errors } = await problem(response);
    expect(code).toBe('invalid_request');
    expect(errors?.[0]).toMatchObject({ in: 'body', name });
    expect(edge.asked.length).toBe(before);
  });

  it('name no more than ten places that do not fit', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`field-${n}`, n]));
    const response = await edge.request('/api/carts', json(many, edge.session()));
    expect([response.status, (await problem(response)).errors?.length]).toEqual([400, 10]);
  });

  it('refuse a body that is too large or of another type', async () => {
    const huge = await edge.request('/api/carts', json({ x: 'y'.repeat(64 * 1024) }, edge.session()));
    expect([huge.status, (await problem(huge)).code]).toEqual([413, 'body_too_large']);
    const xml = await edge.request('/api/carts', {
      method: 'POST',
      headers: { ...edge.session(), 'content-type': 'application/xml' },
      body: '<cart/>',
    });
    expect([xml.status, (await problem(xml)).code]).toEqual([415, 'unsupported_media_type']);
    const form = await edge.request('/api/carts', {
      method: 'POST',
      headers: { ...edge.session(), 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=b',
    });
    expect(form.status).toBe(415);
  });
});

describe('checkout', () => {
  it('is refused in another encoding than UTF-8, in which the address would be another one', async () => {
    const text = JSON.stringify(checkoutBody('tok_ok')).replace('Ada', 'Jörg');
    const headers = { ...edge.session(), 'content-type': 'application/json', 'idempotency-key': 'k' };
    const sent = async (encoding: BufferEncoding) => {
      const init = { method: 'POST', headers, body: Buffer.from(text, encoding) };
      return edge.request('/api/carts/cart-1/checkout', init);
    };
    expect((await sent('utf8')).status).toBe(201);
    expect(edge.asked.at(-1)?.input).toMatchObject({ address: { name: 'Jörg' } });
    const before = edge.asked.length;
    const refused = await sent('latin1');
    expect(refused.status).toBe(400);
    expect((await problem(refused)).errors).toEqual([{ in: 'body', name: '/', message: 'is not JSON' }]);
    expect(edge.asked.length).toBe(before);
  });

  it('is 201 when paid, 202 while the payment is not known, under the key of the client', async () => {
    const paid = await checkout('tok_ok');
    expect(paid.status).toBe(201);
    expect(await paid.json()).toEqual({ orderId: 'order-1', status: 'paid', totalCents: 1250 });
    expect(edge.asked.at(-1)).toMatchObject({ operation: 'checkout', key: 'key-1' });
    const pending = await checkout('tok_timeout');
    expect(pending.status).toBe(202);
    expect(await pending.json()).toMatchObject({ status: 'payment_pending' });
  });

  it.each([
    ['card_declined', 402, 'card_declined'],
    ['out_of_stock', 409, 'out_of_stock'],
    ['cart_empty', 409, 'cart_empty'],
    ['cart_changed', 409, 'cart_changed'],
    ['in_progress', 409, 'in_progress'],
    ['key_conflict', 422, 'idempotency_key_reused'],
    ['cart_not_found', 404, 'cart_not_found'],
  ])('answers the business failure %s with %i %s', async (business, status, code) => {
    const response = await checkout(`business:${business}`);
    expect([response.status, (await problem(response)).code]).toEqual([status, code]);
    expect(response.headers.get('x-atlas-root')).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    'unavailable',
    'overloaded',
    'dependency_unavailable',
    'dead_letter',
    'connection_lost',
    'deadline_exceeded',
  ])('answers the platform failure %s with 503 and Retry-After', async (code) => {
    const response = await checkout(`platform:${code}`);
    expect([response.status, (await problem(response)).code]).toEqual([503, code]);
    expect(response.headers.get('retry-after')).toBe('3');
  });

  it('answers a defect with 500, says nothing of it outside, and logs it', async () => {
    const response = await checkout('defect');
    const body = await problem(response);
    expect([response.status, body.code]).toEqual([500, 'internal']);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(edge.logged.at(-1)).toContain(response.headers.get('x-atlas-root'));
  });

  it.each([
    ['is missing', {}],
    ['is empty', { 'idempotency-key': '' }],
    ['has spaces', { 'idempotency-key': 'a b' }],
    ['is too long', { 'idempotency-key': 'x'.repeat(201) }],
  ])('is 400 when the key %s', async (_, headers) => {
    const response = await edge.request(
      '/api/carts/cart-1/checkout',
      json(checkoutBody('tok_ok'), { ...edge.session(), ...headers }),
    );
    expect(response.status).toBe(400);
    expect((await problem(response)).errors).toMatchObject([{ in: 'header', name: 'Idempotency-Key' }]);
  });

  it.each([
    [{ payment: {}, address: ADDRESS }, ['/payment/token']],
    [checkoutBody('tok_ok', { version: -1 }), ['/version']],
    [checkoutBody('tok_ok', { version: 1.5 }), ['/version']],
    [checkoutBody('tok_ok', { coupon: 'X' }), ['/coupon']],
    [checkoutBody('t\u0000k'), ['/payment/token']],
    [checkoutBody('t\ud800k'), ['/payment/token']],
    [{ payment: { token: 'tok_ok' }, address: { ...ADDRESS, city: 'x\ud800' } }, ['/address/city']],
    [{ payment: { token: 'tok_ok' }, address: { ...ADDRESS, city: '\udc00x' } }, ['/address/city']],
    [
      { payment: { token: 'tok_ok' }, address: { ...ADDRESS, country: 'de', city: '' } },
      ['/address/city', '/address/country'],
    ],
    [{ payment: { token: 'tok_ok' }, address: { ...ADDRESS, planet: 'Mars' } }, ['/address/planet']],
  ])('refuses the body %j', async (body, names) => {
    const response = await checkout('', {}, body);
    expect(response.status).toBe(400);
    const { errors = [] } = await problem(response);
    expect(errors.map(({ name }) => name).sort()).toEqual(names);
  });
});

describe('orders', () => {
  it('are listed for the session that asks, and for nobody without one', async () => {
    const response = await edge.request('/api/orders', { headers: edge.session() });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ orders: [{ id: 'order-1', status: 'paid' }] });
    const sessionId = expect.any(String) as string;
    expect(edge.asked.at(-1)).toMatchObject({ operation: 'listOrders', input: { sessionId } });
    expect((await edge.request('/api/orders')).status).toBe(401);
  });

  it('of others are 404, with what the module told', async () => {
    const response = await edge.request('/api/orders/order-9', { headers: edge.session() });
    expect(response.status).toBe(404);
    expect(await problem(response)).toMatchObject({
      code: 'order_not_found',
      details: { orderId: 'order-9' },
    });
  });
});

describe('methods', () => {
  it.each([
    ['PATCH', '/api/products', 'GET, HEAD'],
    ['DELETE', '/api/carts/cart-1', 'GET, HEAD'],
    ['GET', '/api/sessions', 'POST'],
    ['POST', '/api/carts/cart-1/items/x', 'PUT, DELETE'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/api/openapi.json', 'GET, HEAD'],
  ])('%s %s is 405 with Allow', async (method, path, allow) => {
    const response = await edge.request(path, { method, headers: edge.session() });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect((await problem(response)).code).toBe('method_not_allowed');
  });

  it.each([
    ['application/json', '{'],
    ['application/xml', '<cart/>'],
  ])(
    'that are not allowed, and unknown paths, are told before a body of %s is judged',
    async (type, body) => {
      const send = (path: string) =>
        edge.request(path, { method: 'PUT', headers: { 'content-type': type }, body });
      expect((await send('/api/products')).status).toBe(405);
      expect((await send('/api/nothing')).status).toBe(404);
    },
  );

  it('HEAD answers like GET without a body', async () => {
    const response = await edge.request('/api/products/blue-mug', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('every root', () => {
  it('goes on with the trace of its client', async () => {
    const traceparent = `00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-01`;
    await edge.request('/api/products', { headers: { traceparent } });
    expect(edge.asked.at(-1)?.traceparent).toMatch(new RegExp(`^00-${'a1'.repeat(16)}-`));
  });

  it('has ended once its answer is there', () => {
    expect(edge.openRoots()).toBe(0);
  });
});
