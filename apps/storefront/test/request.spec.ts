import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { request } from '../src/api/request.ts';

const CART = { id: 'c1', items: [], totalCents: 0, currency: 'EUR', version: 0 };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('localStorage', { getItem: () => 'opened' });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

type Network = (signal: AbortSignal) => Promise<Response>;

/** What the page makes of a network that does one thing first and another from then on, once it has waited. */
async function over(first: Network, later = first) {
  let asked = 0;
  vi.stubGlobal('fetch', (_path: string, { signal }: { signal: AbortSignal }) =>
    ((asked += 1) === 1 ? first : later)(signal),
  );
  const [end] = await Promise.all([
    request('/api/carts/c1').catch((error: unknown) => error),
    vi.runAllTimersAsync(),
  ]);
  return { end, asked };
}

const whole = () => Promise.resolve(Response.json(CART));
/** As a bundle that is killed while it answers leaves it. */
const cutShort = () => {
  const text = JSON.stringify(CART).slice(0, 20);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.error(new TypeError('terminated'));
    },
  });
  return Promise.resolve(new Response(body));
};
/** As a network answers that wants a log-in first. */
const foreign = () => Promise.resolve(new Response('<title>Welcome</title>'));
const silent = (signal: AbortSignal) =>
  new Promise<Response>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new DOMException('', 'TimeoutError'))),
  );

test('half an answer is none: it is asked for again', async () => {
  expect(await over(cutShort, whole)).toEqual({ end: CART, asked: 2 });
});

test('what is no answer of the shop is not taken for one', async () => {
  const { end } = await over(foreign);
  expect(end).toMatchObject({ code: 'offline' });
});

test('a browser that keeps nothing is told apart from a shop that does not answer', async () => {
  vi.stubGlobal('localStorage', {
    getItem: () => {
      throw new DOMException('', 'SecurityError');
    },
  });
  expect(await over(whole)).toMatchObject({ end: { code: 'nothing_kept' }, asked: 0 });
});

const refused = (status: number) => () => Promise.resolve(Response.json({ code: 'no' }, { status }));

test('a browser that forgets the session at once keeps nothing, but one that was given none may', async () => {
  vi.stubGlobal('localStorage', { getItem: () => 'opened', setItem: () => undefined });
  const forgetful = (path: string) => (path === '/api/sessions' ? whole : refused(401))();
  vi.stubGlobal('fetch', forgetful);
  await expect(request('/api/carts/c1')).rejects.toMatchObject({ code: 'nothing_kept', lasting: false });
  expect(await over(refused(401))).toMatchObject({ end: { status: 401, code: 'no' }, asked: 3 });
});

test('a connection on which nothing comes is given up, and another one asked', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const clock = new AbortController();
    setTimeout(() => clock.abort(), ms);
    return clock.signal;
  });
  expect(await over(silent, whole)).toEqual({ end: CART, asked: 2 });
  expect(await over(silent)).toMatchObject({ end: { code: 'offline' }, asked: 2 });
});
