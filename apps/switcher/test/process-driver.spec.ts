import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { processStartTime } from '@atlas/platform-stack';
import { expect, it, vi } from 'vitest';
import { realSystem } from '../src/adapters/real-system.ts';
import type { OperatingSystem } from '../src/ports/operating-system.ts';
import { lease } from './books.ts';
import { eachTestHasDrivers, HOST } from './driver-scene.ts';

const { at, driver, ends, forget, gone, only, said } = eachTestHasDrivers();

it('writes the host down before it is spawned, and its pid and start time after', async () => {
  const made = driver({ instanceEnv: { 'cart-0': { EXTRA: 'mine' } } });
  await made.start('cart', 'cart-0');
  const { pid, nonce } = only(made);
  expect(at.books.history.map((record) => record.pid)).toEqual([null, pid]);
  expect(at.books.history[1]?.pidStartedAt).toBe(await processStartTime(pid ?? 0));
  expect(await said('cart-0')).toMatchObject({ instance: 'cart-0', nonce, extra: 'mine', edge: false });
});

it('does not spawn what it could not write down', async () => {
  const made = driver();
  at.books.away = true;
  await expect(made.start('cart', 'cart-0')).rejects.toThrow('away');
  expect(made.hosts()).toMatchObject([{ instance: 'cart-0', pid: null, state: 'gone' }]);
  at.books.away = false;
  await made.settle();
  expect(made.hosts()).toEqual([]);
});

it('strikes off what it did not spawn because nobody said that it was written down: it would count as a host', async () => {
  const made = driver();
  const record = at.books.record.bind(at.books);
  at.books.record = async (host) => {
    await record(host);
    at.books.record = record;
    throw new Error('no answer');
  };
  await expect(made.start('cart', 'cart-0')).rejects.toThrow('no answer');
  await made.settle();
  expect(at.books.records.size).toBe(0);
  expect(at.books.exits).toMatchObject([{ instance: 'cart-0', cause: 'retired' }]);
  await made.start('cart', 'cart-0');
  expect(only(made)).toMatchObject({ instance: 'cart-0', state: 'running' });
});

it('does not start an instance twice', async () => {
  const made = driver();
  await Promise.all([made.start('cart', 'cart-0'), made.start('cart', 'cart-0')]);
  expect(made.hosts()).toHaveLength(1);
  expect(at.books.records.size).toBe(1);
});

it('hands the edge socket to bundles only', async () => {
  const server: Server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const handle: unknown = Reflect.get(server, '_handle');
  const fd = Number(Reflect.get(Object(handle), 'fd'));
  const made = driver({ edgeFd: fd });
  await made.start('shop', 'shop-0');
  await made.start('cart', 'cart-0');
  expect(await said('shop-0')).toMatchObject({ edge: true });
  expect(await said('cart-0')).toMatchObject({ edge: false });
  server.close();
});

it('believes the books of a host that it holds, when it leads anew: another leader may have changed them', async () => {
  const made = driver();
  await made.start('cart', 'cart-0');
  await said('cart-0');
  const { pid, nonce } = only(made);
  const changed = [...at.books.records.values()].map((record) => ({
    ...record,
    ...{ pid: null, pidStartedAt: null, purpose: 'keep_warm' as const, keptUntil: 7 },
  }));
  await made.adopt(changed);
  expect(only(made)).toMatchObject({ nonce, pid, state: 'running', purpose: 'keep_warm', keptUntil: 7 });
});

it('asks at the last moment whether it may still spawn', async () => {
  const system: OperatingSystem = {
    ...realSystem,
    spawn: (options) => {
      at.books.superseded = true; // it stands still right here
      return realSystem.spawn(options);
    },
  };
  const made = driver({ system });
  await made.start('cart', 'cart-0');
  expect(made.hosts()).toEqual([]);
  expect(at.books.history).toMatchObject([{ instance: 'cart-0', pid: null }]);
});

it('spawns nothing while there is an obstacle, which it says once', async () => {
  const lines: string[] = [];
  let found: string | null = 'another build is on disk';
  const made = driver({
    obstacle: async () => found,
    say: (message, { why }) => lines.push(`${message}: ${String(why)}`),
  });
  expect(made.obstacle()).toBeNull();
  await made.start('cart', 'cart-0');
  await made.start('cart', 'cart-0');
  await made.settle();
  expect(made.hosts()).toEqual([]);
  expect(at.books.history).toEqual([]);
  expect(made.obstacle()).toEqual({ code: 'build_mismatch', detail: 'another build is on disk' });
  expect(lines).toEqual(['no host can be started: another build is on disk']);
  found = null;
  await made.settle();
  expect(made.obstacle()).toBeNull();
  await made.start('cart', 'cart-0');
  expect(made.hosts()).toHaveLength(1);
});

it.each([
  ['crash', 'exit'],
  ['abort', 'abort'],
])('tells a %s of the host itself from an outside signal', async (behaviour, cause) => {
  const made = driver({}, behaviour);
  await made.start('cart', 'cart-0');
  await gone(made);
  expect(at.books.exits).toMatchObject([{ instance: 'cart-0', cause }]);
});

it('tells an outside kill from one for lack of memory by the last lease', async () => {
  const made = driver();
  await made.start('cart', 'cart-0');
  await made.start('cart', 'cart-1');
  for (const { instance, nonce, pid } of made.hosts()) {
    at.books.leaseRows.set(nonce, lease({ instance, nonce }, pid ?? 0, instance === 'cart-0' ? 80 : 500));
    process.kill(pid ?? 0, 'SIGKILL');
  }
  await gone(made);
  const causes = Object.fromEntries(at.books.exits.map(({ instance, cause }) => [instance, cause]));
  expect(causes).toEqual({ 'cart-0': 'signal', 'cart-1': 'out_of_memory' });
});

it('keeps a dead host on its books until the store knows', async () => {
  const made = driver();
  await made.start('cart', 'cart-0');
  at.books.away = true;
  process.kill(only(made).pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(only(made).state).toBe('gone'));
  await expect(made.settle()).rejects.toThrow('away');
  at.books.away = false;
  await made.settle();
  expect(made.hosts()).toEqual([]);
  expect(at.books.exits).toMatchObject([{ cause: 'signal' }]);
});

it('adopts the hosts of an earlier driver, stops them, and cannot tell why others end', async () => {
  const first = driver();
  await first.start('cart', 'cart-0');
  await first.start('cart', 'cart-1');
  await said('cart-0');
  const records = [...at.books.records.values()];
  first.close();
  forget(first);
  const second = driver();
  await second.adopt(records);
  expect(second.hosts()).toMatchObject([{ instance: 'cart-0' }, { instance: 'cart-1' }]);
  const [stopped, killed] = second.hosts();
  await second.stop('cart-0', stopped?.nonce ?? '');
  process.kill(killed?.pid ?? 0, 'SIGKILL');
  await gone(second);
  const causes = Object.fromEntries(at.books.exits.map(({ instance, cause }) => [instance, cause]));
  expect(causes).toEqual({ 'cart-0': 'retired', 'cart-1': 'unknown' });
  expect(at.books.exits).toHaveLength(2);
});

it('neither adopts nor signals a pid that now belongs to another process', async () => {
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
  await once(stranger, 'spawn');
  const made = driver();
  await made.adopt([
    {
      instance: 'cart-0',
      nonce: 'aaaaaaaaaaaaaaaa',
      app: 'cart',
      pid: stranger.pid ?? 0,
      pidStartedAt: 'an earlier start',
      createdAt: Date.now(),
      purpose: 'serving',
    },
  ]);
  expect(made.hosts()).toEqual([]);
  expect(at.books.exits).toEqual([{ instance: 'cart-0', nonce: 'aaaaaaaaaaaaaaaa', cause: 'unknown' }]);
  // A signal of the driver would have come first: of those that wait together, the one with the lowest number does.
  stranger.kill('SIGVTALRM');
  expect(await once(stranger, 'exit')).toEqual([null, 'SIGVTALRM']);
});

/** Of a host whose pid no switcher has written down. */
const BLANK = { app: 'cart', pid: null, pidStartedAt: null, createdAt: 0, purpose: 'serving' } as const;

/** A process that no driver has started. @returns its pid */
async function started(): Promise<number> {
  const child = spawn(process.execPath, [HOST], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  ends(pid);
  return pid;
}

it('finds a host that was spawned but not written down by its lease, and gives up one that never shows', async () => {
  const pid = await started();
  const found = { ...BLANK, instance: 'cart-0', nonce: 'f'.repeat(16), createdAt: Date.now() };
  const lost = { ...BLANK, instance: 'cart-1', nonce: 'e'.repeat(16), createdAt: Date.now() - 60_000 };
  at.books.leaseRows.set(found.nonce, lease(found, pid));
  const made = driver();
  await made.adopt([found, lost]);
  await vi.waitFor(() => expect(made.hosts()).toMatchObject([{ instance: 'cart-0', pid }]));
  expect(at.books.refused).toEqual([lost.nonce]);
  expect(at.books.exits).toMatchObject([{ instance: 'cart-1', cause: 'unknown' }]);
});

it('finds a host that stands still by its last lease, and no other process that has its pid now', async () => {
  const pid = await started();
  const still = { ...BLANK, instance: 'cart-0', nonce: 'f'.repeat(16) };
  const other = { ...BLANK, instance: 'cart-1', nonce: 'e'.repeat(16) };
  const pidStartedAt = (await processStartTime(pid)) ?? '';
  at.books.leaseRows.set(still.nonce, { ...lease(still, pid), live: false, pidStartedAt });
  at.books.leaseRows.set(other.nonce, { ...lease(other, pid), pidStartedAt: 'earlier' });
  const made = driver();
  await made.adopt([still, other]);
  await vi.waitFor(() => expect(made.hosts()).toMatchObject([{ instance: 'cart-0', pid, pidStartedAt }]));
  expect(at.books.refused).toEqual([other.nonce]);
  await made.kill(still.instance, still.nonce);
  await gone(made);
  expect(await processStartTime(pid)).toBeUndefined();
});

it('writes down both of a host whose pid is found while it is kept warm', async () => {
  const pid = await started();
  const host = { ...BLANK, instance: 'cart-0', nonce: 'd'.repeat(16) };
  const answered = Promise.withResolvers<void>();
  const record = at.books.record.bind(at.books);
  at.books.record = async (written) => {
    await record(written);
    if (written.pid === null) await answered.promise;
  };
  const made = driver();
  await made.adopt([host]);
  const kept = made.keep(host.instance, host.nonce, 5_000);
  at.books.leaseRows.set(host.nonce, lease(host, pid));
  await vi.waitFor(() => expect(at.books.records.get(host.nonce)).toMatchObject({ pid }));
  answered.resolve();
  await kept;
  await made.settle();
  expect(at.books.records.get(host.nonce)).toMatchObject({ pid, keptUntil: 5_000, purpose: 'keep_warm' });
  await made.kill(host.instance, host.nonce);
  await gone(made);
});

/** A bundle that waits in reserve. */
async function reserved() {
  const made = driver();
  await made.start('shop', 'shop-0', true);
  await said('shop-0');
  return { made, ...only(made) };
}

it('takes a bundle for opened though nobody said that it was written down: it has read so, and accepts', async () => {
  const { made, instance, nonce } = await reserved();
  const record = at.books.record.bind(at.books);
  at.books.record = async (host) => {
    await record(host);
    throw new Error('no answer');
  };
  await expect(made.open(instance, nonce)).rejects.toThrow('no answer');
  expect(only(made)).toMatchObject({ purpose: 'serving' });
  at.books.record = record;
  at.books.history.length = 0;
  await made.settle();
  await made.settle();
  expect(at.books.history).toMatchObject([{ instance, purpose: 'serving' }]);
});

it('writes a host down again when an older row of it arrives last', async () => {
  const { made, instance, nonce } = await reserved();
  const record = at.books.record.bind(at.books);
  const late = Promise.withResolvers<void>();
  at.books.record = async (host) => {
    if (host.purpose === 'reserve') await late.promise;
    await record(host);
  };
  const kept = made.keep(instance, nonce, 5_000);
  await made.open(instance, nonce);
  late.resolve();
  await kept;
  expect(at.books.records.get(nonce)).toMatchObject({ purpose: 'reserve' });
  await made.settle();
  expect(at.books.records.get(nonce)).toMatchObject({ purpose: 'serving', keptUntil: 5_000 });
});
