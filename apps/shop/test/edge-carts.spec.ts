import { describe, expect, it } from 'vitest';
import { json } from './edge-fixture.ts';
import { problem, sharedEdge } from './edge-scene.ts';

const edge = sharedEdge();

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
