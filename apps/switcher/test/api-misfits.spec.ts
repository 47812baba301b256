/** Requests of the control API that are none. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { expect, it } from 'vitest';
import { ApiScene, TOKEN } from './api-scene.ts';

const at = new ApiScene();
const ask: ApiScene['ask'] = (...asked) => at.ask(...asked);

it.each([
  [{ mode: 'sideways' }, 'mode'],
  [{}, 'mode'],
  [{ mode: 'tight', placements: {} }, 'mode'],
  [{ mode: 'tight', bundels: 2 }, 'bundels'],
  [{ placements: { cart: 'moon' } }, 'placements.cart'],
  [{ placements: { orders: 'service' } }, 'placements.orders'],
  [{ mode: 'tight', instances: { bundle: 0 } }, 'instances.bundle'],
  [{ mode: 'tight', instances: { bundle: -1 } }, 'instances.bundle'],
  [{ mode: 'tight', instances: { bundle: 1e99 } }, 'instances.bundle'],
  [{ mode: 'tight', instances: { cart: 2 } }, 'instances.cart'],
  [{ mode: 'tight', dryRun: 'yes' }, 'dryRun'],
  [[], 'body'],
  ['null', 'body'],
])('answers 400 to %j, naming the field', async (body, field) => {
  expect(await ask('POST', '/v1/switches', body)).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', field },
  });
});

it('answers 400, 404, 413 and 415 to what cannot be read', async () => {
  expect(await ask('POST', '/v1/switches', '{"mode":')).toMatchObject({ status: 400 });
  expect(await ask('POST', '/v1/switches', { mode: 'tight', reason: 'x'.repeat(20_000) })).toMatchObject({
    status: 413,
    body: { code: 'body_too_large' },
  });
  expect(await ask('POST', '/v1/switches', 'x', { 'content-type': 'text/plain' })).toMatchObject({
    status: 415,
  });
  expect(await ask('GET', '/v1/switches/none')).toMatchObject({
    status: 404,
    body: { code: 'switch_not_found' },
  });
  expect(await ask('POST', '/v1/switches/none/abort')).toMatchObject({ status: 404 });
  expect(await ask('GET', '/v1/switches?limit=1000')).toMatchObject({
    status: 400,
    body: { field: 'limit' },
  });
  for (const limit of ['true', '1.5', '1&limit=2', '%201'])
    expect(await ask('GET', `/v1/switches?limit=${limit}`)).toMatchObject({ status: 400 });
  expect(await ask('GET', '/v1/audit?after=7506082218479')).toMatchObject({
    status: 400,
    body: { field: 'after' },
  });
  expect(await ask('GET', '/v2/status')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect(await ask('POST', '/v1/switches', { mode: 'tight' }, { 'idempotency-key': 'a b' })).toMatchObject({
    status: 400,
  });
});

it.each([
  ['TRACE', '/v1/status', 'GET, HEAD'],
  ['QUERY', '/v1/switches', 'POST, GET, HEAD'],
  ['DELETE', '/v1/switches/some/abort', 'POST'],
])('answers 405 to %s %s, naming the methods that are allowed', async (method, path, allow) => {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    httpRequest(`${at.server.url}${path}`, { method, headers }, resolve).on('error', reject).end();
  });
  const { statusCode, headers } = await answered;
  expect(statusCode).toBe(405);
  expect(headers).toMatchObject({
    allow,
    'content-type': expect.stringContaining('problem+json') as string,
  });
});

it('gives a request up that does not end, instead of letting it hold a connection', async () => {
  const waits: unknown[] = [];
  const note = (message: unknown): void => {
    const { headersTimeout, requestTimeout } = (message as { server: Server }).server;
    waits.push({ headersTimeout, requestTimeout });
  };
  subscribe('http.server.request.start', note);
  await ask('GET', '/v1/status');
  unsubscribe('http.server.request.start', note);
  // Node gives a body the longer of the two.
  expect(waits).toEqual([{ headersTimeout: 10_000, requestTimeout: 10_000 }]);
});
