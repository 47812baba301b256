import { join } from 'node:path';
import { handleFaults } from '@atlas/platform-fault';
import { processStartTime } from '@atlas/platform-stack';
import { expect, it, vi } from 'vitest';
import type { ProcessDriver, ProcessDriverOptions } from '../src/adapters/process-driver.ts';
import { eachTestHasDrivers, HOST } from './driver-scene.ts';

const SPARE = join(import.meta.dirname, 'fixtures/plain-spare.mjs');
const { at, driver, gone, only, said } = eachTestHasDrivers();

const withSpares = (options: Partial<ProcessDriverOptions> = {}) =>
  driver({
    spare: 'spare',
    recipes: {
      shop: { main: HOST, env: {} },
      cart: { main: HOST, env: { ATLAS_DB_URL_CART: 'secret of cart' } },
      spare: { main: SPARE, env: {} },
    },
    ...options,
  });
const blank = (from: ProcessDriver) =>
  vi.waitFor(() => expect(from.hosts()).toMatchObject([{ purpose: 'spare', blank: true }]), { interval: 20 });

it('makes a blank one the service, in the books before it is told anything', async () => {
  const made = withSpares();
  await made.start('spare', 'spare-0');
  await blank(made);
  const { pid } = only(made);
  expect(await said('spare-0')).toEqual({ secrets: [] });
  await made.start('cart', 'cart-0');
  const { nonce } = only(made);
  expect(only(made)).toMatchObject({
    instance: 'cart-0',
    app: 'cart',
    purpose: 'serving',
    pid,
    blank: false,
  });
  expect([...at.books.records.values()]).toMatchObject([
    { instance: 'cart-0', nonce, pid, purpose: 'serving' },
  ]);
  expect(await said('cart-0')).toEqual({
    app: 'cart',
    instance: 'cart-0',
    nonce,
    secrets: ['ATLAS_DB_URL_CART'],
  });
});

it('takes no spare for a bundle, nor one that is still loading', async () => {
  const made = withSpares();
  await made.start('spare', 'spare-0');
  await blank(made);
  await made.start('shop', 'shop-0');
  expect(made.hosts().map(({ instance }) => instance)).toEqual(['spare-0', 'shop-0']);
  await made.start('cart', 'cart-0');
  await made.start('cart', 'cart-1');
  expect(new Set(made.hosts().map(({ pid }) => pid)).size).toBe(3);
});

it('lets go of one whose new name may be in the at.books, or not: it never becomes another service', async () => {
  const made = withSpares();
  await made.start('spare', 'spare-0');
  await blank(made);
  const { pid } = only(made);
  at.books.away = true;
  await expect(made.start('cart', 'cart-0')).rejects.toThrow('the store is away');
  await vi.waitFor(() => expect(only(made)).toMatchObject({ instance: 'cart-0', state: 'gone' }));
  expect(await processStartTime(pid ?? 0)).toBeUndefined();
  at.books.away = false;
  await made.settle();
  expect(at.books.exits).toMatchObject([{ instance: 'cart-0', cause: 'retired' }]);
  await made.start('cart', 'cart-0');
  expect(only(made).pid).not.toBe(pid);
});

it('tells it nothing once it leads no more: it ends, and the next leader finds nobody under its new name', async () => {
  const made = withSpares();
  await made.start('spare', 'spare-0');
  await blank(made);
  const { pid } = only(made);
  handleFaults((point) => {
    if (point === 'driver.spawn') at.books.superseded = true;
    return undefined;
  });
  try {
    await made.start('cart', 'cart-0');
  } finally {
    handleFaults(undefined);
  }
  await vi.waitFor(() => expect(only(made)).toMatchObject({ instance: 'cart-0', state: 'gone' }));
  expect(await processStartTime(pid ?? 0)).toBeUndefined();
  at.books.superseded = false;
  const next = withSpares();
  await next.adopt([...at.books.records.values()]);
  expect(at.books.exits).toMatchObject([{ instance: 'cart-0', cause: 'unknown' }]);
  expect(next.hosts()).toEqual([]);
});

it('ends what waits blank or is still loading when its switcher leads no more, and no service', async () => {
  const made = withSpares();
  await made.start('spare', 'spare-0');
  await blank(made);
  await made.start('cart', 'cart-0');
  await said('cart-0');
  await made.start('spare', 'spare-1');
  await vi.waitFor(() => expect(made.hosts()[1]).toMatchObject({ blank: true }));
  await made.start('spare', 'spare-2');
  const [cart, ...spares] = made.hosts();
  expect(spares.map(({ instance }) => instance)).toEqual(['spare-1', 'spare-2']);
  at.books.superseded = true;
  made.standDown();
  expect(made.hosts()).toEqual([cart]);
  for (const { pid } of spares) {
    await vi.waitFor(async () => expect(await processStartTime(pid ?? 0)).toBeUndefined());
  }
  expect(await processStartTime(cart?.pid ?? 0)).toBe(cart?.pidStartedAt);
});

it('notices its end under its new name', async () => {
  const made = withSpares();
  await made.start('spare', 'spare-0');
  await blank(made);
  await made.start('cart', 'cart-0');
  const { pid, nonce } = only(made);
  await said('cart-0');
  process.kill(pid ?? 0, 'SIGKILL');
  await gone(made);
  expect(at.books.exits).toEqual([{ instance: 'cart-0', nonce, cause: 'signal' }]);
});

it('adopts no spare: it ends with the switcher that started it', async () => {
  const first = withSpares();
  await first.start('spare', 'spare-0');
  await blank(first);
  const next = withSpares();
  await next.adopt([...at.books.records.values()]);
  expect(next.hosts()).toEqual([]);
  expect([...at.books.records.values()]).toEqual([]);
});
