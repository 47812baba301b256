import { describe, expect, it } from 'vitest';
import { Sessions } from '../src/edge/sessions.ts';
import { json } from './edge-fixture.ts';
import { problem, sharedEdge } from './edge-scene.ts';

const edge = sharedEdge();

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
    ['one that holds', false, () => edge.sessions.issue()],
    ['one that is over', true, () => new Sessions('another').issue()],
  ])('take the place of no cookie that holds: beside %s one comes: %s', async (_, told, issue) => {
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
