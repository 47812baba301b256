import { describe, expect, it } from 'vitest';
import { ADDRESS, checkoutBody, json } from './edge-fixture.ts';
import { problem, sharedEdge } from './edge-scene.ts';

const edge = sharedEdge();

const checkout = (token: string, more: Record<string, string> = {}, body = checkoutBody(token)) =>
  edge.request(
    '/api/carts/cart-1/checkout',
    json(body, { ...edge.session(), 'idempotency-key': 'key-1', ...more }),
  );

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
