import { describe, expect, it } from 'vitest';
import { MUG } from './edge-fixture.ts';
import { problem, sharedEdge } from './edge-scene.ts';

const edge = sharedEdge();

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
