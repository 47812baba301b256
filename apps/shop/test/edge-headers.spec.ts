import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, startEdge, type EdgeFixture } from './edge-fixture.ts';

let edge: EdgeFixture;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storefront-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Shop</title>');
  await writeFile(join(folder, 'assets', 'main-abc.js'), 'export {};');
  edge = await startEdge({ storefront: folder });
});
afterAll(async () => {
  await edge.close();
  await rm(folder, { recursive: true });
});

const page = { headers: { accept: 'text/html,*/*' } };

/** Sends bytes as they are and reads all that comes back until the connection ends. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(edge.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('close', () => resolve(text)).on('error', reject);
  });

describe('every answer', () => {
  it.each([
    ['/api/products', {}],
    ['/api/products/none', {}],
    ['/api/products?limit=0', {}],
    ['/api/products/%zz', {}],
    ['/api/carts/x', {}],
    ['/api/sessions', json('{')],
    ['/api/nothing', {}],
    ['/api/openapi.json', {}],
    ['/healthz', {}],
    ['/readyz', {}],
    ['/metrics', {}],
    ['/images/blue-mug.svg', {}],
    ['/', page],
    ['/assets/main-abc.js', {}],
    ['/products/blue-mug', page],
  ])('to %s carries epoch, mode and safety headers', async (path, init) => {
    const { headers } = await edge.request(path, init);
    expect(headers.get('x-atlas-epoch')).toMatch(/^\d+$/);
    expect(headers.get('x-atlas-mode')).toBe('tight');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBeTruthy();
  });

  it('of a root carries the root and its epoch, others the epoch in force', async () => {
    const root = await edge.request('/api/products');
    expect(root.headers.get('x-atlas-root')).toMatch(/^[0-9a-f]{16}$/);
    expect(root.headers.get('x-atlas-epoch')).toBe('1');
    const refused = await edge.request('/api/products?limit=0');
    expect(refused.headers.get('x-atlas-root')).toBeNull();
    expect(refused.headers.get('x-atlas-epoch')).toBe('41');
  });

  it.each([
    ['/api/sessions', 'POST', 'no-store'],
    ['/api/carts/cart-1', 'GET', 'no-store'],
    ['/api/orders', 'GET', 'no-store'],
    ['/api/orders/none', 'GET', 'no-store'],
    ['/api/products', 'GET', 'no-store'],
    ['/api/products/blue-mug', 'GET', 'no-cache'],
  ])('to %s may be kept by nobody, or only to be asked for again', async (path, method, kept) => {
    const { headers } = await edge.request(path, { method, headers: edge.session() });
    expect(headers.get('cache-control')).toBe(kept);
  });

  it.each([
    ['no HTTP at all', 'HELLO\r\n\r\n', 400, 'invalid_request'],
    ['a bad header', 'GET / HTTP/1.1\r\nhost: x\r\nbad\u0001: x\r\n\r\n', 400, 'invalid_request'],
    [
      'a body that cannot be read',
      'POST /api/sessions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      400,
      'invalid_request',
    ],
    ['no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400, 'invalid_request'],
    [
      'two hosts',
      'GET / HTTP/1.1\r\nhost: x\r\nHOST: y\r\nconnection: close\r\n\r\n',
      400,
      'invalid_request',
    ],
    ['two hosts of HTTP/1.0', 'GET / HTTP/1.0\r\nhost: x\r\nhost: x\r\n\r\n', 400, 'invalid_request'],
    [
      'an expectation',
      'POST /api/carts HTTP/1.1\r\nhost: x\r\nexpect: tea\r\nconnection: close\r\n\r\n',
      401,
      'no_session',
    ],
    [
      'too large headers',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ])('to %s is a problem document, too', async (_, bytes, status, code) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('x-atlas-epoch: 41');
    expect(answer).toContain('x-content-type-options: nosniff');
    expect(answer).toContain(`"code":"${code}"`);
  });
});

describe('the storefront', () => {
  it('is the page for every path that is no file and no API, always asked for again', async () => {
    for (const path of ['/', '/products/blue-mug', '/cart', '/index.html']) {
      const response = await edge.request(path, page);
      expect(await response.text()).toContain('<title>Shop</title>');
      expect(response.headers.get('cache-control')).toBe('no-cache');
    }
    const known = (await edge.request('/', page)).headers.get('etag') ?? '';
    const again = await request(edge.url, { headers: { ...page.headers, 'if-none-match': known } });
    await again.body.dump();
    expect(again.statusCode).toBe(304);
  });

  it('lets hashed assets be kept for a year, and does not answer a missing one with the page', async () => {
    const asset = await edge.request('/assets/main-abc.js', page);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('content-type')).toContain('javascript');
    expect((await edge.request('/assets/old.js', page)).status).toBe(404);
    expect((await edge.request('/api/nothing', page)).status).toBe(404);
    expect((await edge.request('/cart')).status).toBe(404);
    expect((await edge.request('/..%2f..%2fetc%2fpasswd', page)).headers.get('content-type')).not.toContain(
      'plain',
    );
  });

  it('has no parts of files, and says of a precondition that it does not hold', async () => {
    const asked = async (headers: Record<string, string>) => {
      const response = await edge.request('/assets/main-abc.js', { headers });
      return [response.status, await response.text()];
    };
    expect(await asked({ range: 'bytes=1000-' })).toEqual([200, 'export {};']);
    expect(await asked({ range: 'bytes=0-3' })).toEqual([200, 'export {};']);
    const failed = [412, expect.stringContaining('"code":"precondition_failed"')];
    expect(await asked({ 'if-match': '"other"' })).toEqual(failed);
    expect(await asked({ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toEqual(failed);
  });

  it('draws the same picture for the same product, and none for other names', async () => {
    const [one, two, other] = await Promise.all(
      ['blue-mug', 'blue-mug', 'oak-shelf'].map((id) => edge.request(`/images/${id}.svg`)),
    );
    expect(one?.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    const [a, b, c] = [await one?.text(), await two?.text(), await other?.text()];
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    for (const bad of ['BLUE.svg', 'x.png', '%3Cscript%3E.svg']) {
      expect((await edge.request(`/images/${bad}`)).status).toBe(404);
    }
  });
});

describe('readiness', () => {
  it('is 503 with Retry-After while the host may not be given work', async () => {
    let ready = false;
    const host = await startEdge({ ready: () => ready });
    const before = await host.request('/readyz');
    expect([before.status, before.headers.get('retry-after')]).toEqual([503, '1']);
    ready = true;
    const after = await host.request('/readyz');
    expect([after.status, after.headers.get('retry-after')]).toEqual([200, null]);
    await host.close();
  });
});

describe('metrics', () => {
  it('count each request once as it arrives, refused ones too', async () => {
    const host = await startEdge({ limits: { session: 1, address: 1_000 } });
    const headers = host.session();
    for (const path of [
      '/api/carts',
      '/api/carts',
      '/api/carts',
      '/api/nothing',
      '/api/products?limit=0',
      '/api/%zz',
      `/api/products/${'x'.repeat(201)}`,
      '/healthz?x',
    ])
      await host.request(path, { headers, method: path === '/api/carts' ? 'POST' : 'GET' });
    const text = await (await host.request('/metrics')).text();
    const told = [...text.matchAll(/^atlas_edge_arrivals_total\{operation="([^"]+)"\} (\d+)$/gm)];
    expect(Object.fromEntries(told.map(([, operation, count]) => [operation, Number(count)]))).toEqual({
      'cart.createCart': 3,
      'edge.unmatched': 3,
      'catalog.listProducts': 1,
      'edge.probe': 2,
    });
    expect(text).toMatch(/^atlas_edge_requests_total\{operation="edge.unmatched",status="414",.*\} 1$/m);
    await host.close();
  });

  it('count answers per operation, mode and epoch', async () => {
    await edge.request('/api/products/blue-mug');
    const text = await (await edge.request('/metrics')).text();
    expect(text).toMatch(
      /atlas_edge_requests_total\{operation="catalog.getProduct",status="200",mode="tight",epoch="1"\} \d+/,
    );
    expect(text).toMatch(/atlas_edge_request_duration_seconds_count\{operation="catalog.getProduct"/);
  });
});
