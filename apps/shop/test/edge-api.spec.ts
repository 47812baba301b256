import { describe, expect, it } from 'vitest';
import { problem, sharedEdge } from './edge-scene.ts';

const edge = sharedEdge();

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
