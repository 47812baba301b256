import { afterEach, expect, test, vi } from 'vitest';
import { Problem, request } from '../src/api/request.ts';
import { refusalOf, troubleOf } from '../src/refusal.ts';

afterEach(() => vi.unstubAllGlobals());

/** What the page makes of a refusal that names an order. */
async function told(status: number, code: string) {
  const body = JSON.stringify({ status, code, title: 'No', details: { orderId: 'o1' } });
  vi.stubGlobal('localStorage', { getItem: () => 'opened' });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status })));
  return request('/api/carts/c1/checkout', { method: 'POST', body: {} }).then(
    () => expect.unreachable('it was refused'),
    refusalOf,
  );
}

test.each([
  [409, 'in_progress'],
  [422, 'idempotency_key_reused'],
])('%i %s leads to the order that is open', async (status, code) => {
  expect((await told(status, code)).orderId).toBe('o1');
});

test.each([
  [402, 'card_declined'],
  [409, 'out_of_stock'],
])('%i %s leads to no order: that one is over', async (status, code) => {
  expect(await told(status, code)).toMatchObject({ text: expect.stringContaining('Nothing was charged') });
  expect((await told(status, code)).orderId).toBeUndefined();
});

test.each([
  ...['card_declined', 'out_of_stock', 'cart_changed', 'cart_not_found', 'cart_empty', 'in_progress'],
  ...['idempotency_key_reused', 'invalid_request', 'nothing_kept'],
])('%s is not cured by pressing the button again, and not said to be', (code) => {
  expect(refusalOf(new Problem(409, code, '')).text).not.toContain('again: you will');
});

test('whatever else happens, the button may be pressed again', () => {
  for (const error of [new Problem(0, 'offline', ''), new Error('a defect')])
    expect(refusalOf(error)).toEqual({
      text: expect.stringContaining('you will never be charged twice'),
      orderId: undefined,
    });
});

test('what cannot be shown is the fault of the browser only where it keeps nothing', () => {
  expect(troubleOf(new Problem(0, 'nothing_kept', ''))).toContain('allow');
  for (const error of [
    new Problem(0, 'offline', ''),
    new Problem(503, 'unavailable', ''),
    new Error('a defect'),
  ])
    expect(troubleOf(error)).toContain('did not answer in time');
});
