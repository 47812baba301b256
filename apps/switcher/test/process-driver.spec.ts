import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handleFaults } from '@atlas/platform-fault';
import { processStartTime } from '@atlas/platform-stack';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OperatingSystem } from '../src/ports/operating-system.ts';
import { realSystem } from '../src/adapters/real-system.ts';
import { ProcessDriver, type ProcessDriverOptions } from '../src/adapters/process-driver.ts';
import { Books, lease } from './books.ts';

const SPARE = join(import.meta.dirname, 'fixtures/plain-spare.mjs');
const HOST = join(import.meta.dirname, 'fixtures/plain-host.mjs');

describe('the process driver', () => {
  let logsDir: string;
  let books: Books;
  const drivers: ProcessDriver[] = [];
  const pids: number[] = [];

  beforeEach(async () => {
    logsDir = await mkdtemp(join(tmpdir(), 'atlas-driver-'));
    books = new Books();
  });
  afterEach(async () => {
    for (const driver of drivers.splice(0)) {
      for (const { pid } of driver.hosts()) if (pid !== null) pids.push(pid);
      driver.close();
    }
    for (const pid of pids.splice(0)) if (await processStartTime(pid)) process.kill(pid, 'SIGKILL');
    await rm(logsDir, { recursive: true, force: true });
  });

  function driver(options: Partial<ProcessDriverOptions> = {}, behaviour = 'calm'): ProcessDriver {
    const recipe = { main: HOST, env: { BEHAVIOUR: behaviour } };
    const made = new ProcessDriver({
      recipes: { shop: recipe, cart: recipe },
      bundle: 'shop',
      logsDir,
      ledger: books,
      say: () => undefined,
      ...options,
    });
    drivers.push(made);
    return made;
  }

  const only = (from: ProcessDriver) => {
    const [host] = from.hosts();
    if (!host) throw new Error('no host');
    return host;
  };
  const gone = (from: ProcessDriver) =>
    vi.waitFor(() => expect(from.hosts()).toEqual([]), { timeout: 5_000, interval: 20 });
  const said = (instance: string) =>
    vi.waitFor(
      async () =>
        JSON.parse((await readFile(join(logsDir, `${instance}.log`), 'utf8')).split('\n')[0] ?? '') as object,
      { timeout: 5_000, interval: 20 },
    );

  it('writes the host down before it is spawned, and its pid and start time after', async () => {
    const made = driver({ instanceEnv: { 'cart-0': { EXTRA: 'mine' } } });
    await made.start('cart', 'cart-0');
    const { pid, nonce } = only(made);
    expect(books.history.map((record) => record.pid)).toEqual([null, pid]);
    expect(books.history[1]?.pidStartedAt).toBe(await processStartTime(pid ?? 0));
    expect(await said('cart-0')).toMatchObject({ instance: 'cart-0', nonce, extra: 'mine', edge: false });
  });

  it('does not spawn what it could not write down', async () => {
    const made = driver();
    books.away = true;
    await expect(made.start('cart', 'cart-0')).rejects.toThrow('away');
    expect(made.hosts()).toEqual([]);
  });

  it('does not start an instance twice', async () => {
    const made = driver();
    await Promise.all([made.start('cart', 'cart-0'), made.start('cart', 'cart-0')]);
    expect(made.hosts()).toHaveLength(1);
    expect(books.records.size).toBe(1);
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

  it('ends a host that it was told to stop, and says that it retired', async () => {
    const made = driver();
    await made.start('cart', 'cart-0');
    await said('cart-0');
    const { instance, nonce } = only(made);
    await made.stop(instance, nonce);
    await gone(made);
    expect(books.exits).toEqual([{ instance, nonce, cause: 'retired' }]);
  });

  it('kills a host that does not end in time', async () => {
    const made = driver({ stopDeadlineMs: 50 }, 'stubborn');
    await made.start('cart', 'cart-0');
    await said('cart-0');
    const { instance, nonce, pid } = only(made);
    await made.stop(instance, nonce);
    await gone(made);
    expect(await processStartTime(pid ?? 0)).toBeUndefined();
    expect(books.exits).toMatchObject([{ cause: 'retired' }]);
  });

  it('kills no host that it told to stop once it leads no more, and stops it anew when it leads again', async () => {
    const sent: string[] = [];
    const system: OperatingSystem = {
      ...realSystem,
      signal: (identity, signal, mayStill) => {
        sent.push(signal);
        return realSystem.signal(identity, signal, mayStill);
      },
    };
    const made = driver({ stopDeadlineMs: 50, system }, 'stubborn');
    await made.adopt([]);
    await made.start('cart', 'cart-0');
    await said('cart-0');
    const { instance, nonce, pid } = only(made);
    await made.stop(instance, nonce);
    books.superseded = true;
    await vi.waitFor(() => expect(sent).toEqual(['SIGTERM', 'SIGKILL']), { timeout: 5_000, interval: 10 });
    await vi.waitFor(() => expect(only(made).state).toBe('running'), { timeout: 5_000, interval: 10 });
    expect(await processStartTime(pid ?? 0)).toBeDefined();
    books.superseded = false;
    await made.adopt([...books.records.values()]);
    await made.stop(instance, nonce);
    await gone(made);
    expect(books.exits).toMatchObject([{ cause: 'retired' }]);
  });

  it('takes a host that it told to stop for one that runs, when it leads anew: the order has lapsed', async () => {
    const made = driver({}, 'stubborn');
    await made.start('cart', 'cart-0');
    await said('cart-0');
    const { instance, nonce } = only(made);
    await made.stop(instance, nonce);
    expect(only(made).state).toBe('stopping');
    await made.adopt([...books.records.values()]);
    expect(only(made).state).toBe('running');
    await made.stop(instance, nonce);
    expect(books.orders).toEqual([nonce, nonce]);
  });

  it('asks at the last moment whether it may still spawn', async () => {
    const system: OperatingSystem = {
      ...realSystem,
      spawn: (options) => {
        books.superseded = true; // it stands still right here
        return realSystem.spawn(options);
      },
    };
    const made = driver({ system });
    await made.start('cart', 'cart-0');
    expect(made.hosts()).toEqual([]);
    expect(books.history).toMatchObject([{ instance: 'cart-0', pid: null }]);
  });

  it('does not take for an orderly end that a stopping host, its memory full, was killed', async () => {
    const made = driver({}, 'stubborn');
    await made.start('cart', 'cart-0');
    await said('cart-0');
    const { instance, nonce, pid } = only(made);
    books.leaseRows.set(nonce, lease({ instance, nonce }, pid ?? 0, 500));
    await made.stop(instance, nonce);
    process.kill(pid ?? 0, 'SIGKILL');
    await gone(made);
    expect(books.exits).toMatchObject([{ cause: 'out_of_memory' }]);
  });

  it('kills a host that hangs in its start, and cannot tell why it hung', async () => {
    const made = driver({}, 'stubborn');
    await made.start('cart', 'cart-0');
    await said('cart-0');
    const { instance, nonce, pid } = only(made);
    await made.kill(instance, nonce);
    expect(only(made).state).toBe('running');
    await gone(made);
    expect(await processStartTime(pid ?? 0)).toBeUndefined();
    expect(books.exits).toEqual([{ instance, nonce, cause: 'unknown' }]);
    await made.kill(instance, nonce);
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
    expect(books.history).toEqual([]);
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
    expect(books.exits).toMatchObject([{ instance: 'cart-0', cause }]);
  });

  it('tells an outside kill from one for lack of memory by the last lease', async () => {
    const made = driver();
    await made.start('cart', 'cart-0');
    await made.start('cart', 'cart-1');
    for (const { instance, nonce, pid } of made.hosts()) {
      books.leaseRows.set(nonce, lease({ instance, nonce }, pid ?? 0, instance === 'cart-0' ? 80 : 500));
      process.kill(pid ?? 0, 'SIGKILL');
    }
    await gone(made);
    const causes = Object.fromEntries(books.exits.map(({ instance, cause }) => [instance, cause]));
    expect(causes).toEqual({ 'cart-0': 'signal', 'cart-1': 'out_of_memory' });
  });

  it('keeps a dead host on its books until the store knows', async () => {
    const made = driver();
    await made.start('cart', 'cart-0');
    books.away = true;
    process.kill(only(made).pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(only(made).state).toBe('gone'));
    await expect(made.settle()).rejects.toThrow('away');
    books.away = false;
    await made.settle();
    expect(made.hosts()).toEqual([]);
    expect(books.exits).toMatchObject([{ cause: 'signal' }]);
  });

  it('adopts the hosts of an earlier driver, stops them, and cannot tell why others end', async () => {
    const first = driver();
    await first.start('cart', 'cart-0');
    await first.start('cart', 'cart-1');
    await said('cart-0');
    const records = [...books.records.values()];
    first.close();
    drivers.splice(drivers.indexOf(first), 1);
    const second = driver();
    await second.adopt(records);
    expect(second.hosts()).toMatchObject([{ instance: 'cart-0' }, { instance: 'cart-1' }]);
    const [stopped, killed] = second.hosts();
    await second.stop('cart-0', stopped?.nonce ?? '');
    process.kill(killed?.pid ?? 0, 'SIGKILL');
    await gone(second);
    const causes = Object.fromEntries(books.exits.map(({ instance, cause }) => [instance, cause]));
    expect(causes).toEqual({ 'cart-0': 'retired', 'cart-1': 'unknown' });
    expect(books.exits).toHaveLength(2);
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
    expect(books.exits).toEqual([{ instance: 'cart-0', nonce: 'aaaaaaaaaaaaaaaa', cause: 'unknown' }]);
    expect(stranger.exitCode).toBeNull();
    stranger.kill('SIGKILL');
    await once(stranger, 'exit');
  });

  it('finds a host that was spawned but not written down by its lease, and gives up one that never shows', async () => {
    const child = spawn(process.execPath, [HOST], { stdio: 'ignore' });
    await once(child, 'spawn');
    pids.push(child.pid ?? 0);
    const blank = {
      app: 'cart',
      pid: null,
      pidStartedAt: null,
      createdAt: Date.now(),
      purpose: 'serving',
    } as const;
    const found = { ...blank, instance: 'cart-0', nonce: 'f'.repeat(16) };
    const lost = { ...blank, instance: 'cart-1', nonce: 'e'.repeat(16), createdAt: Date.now() - 60_000 };
    books.leaseRows.set(found.nonce, lease(found, child.pid ?? 0));
    const made = driver();
    await made.adopt([found, lost]);
    await vi.waitFor(() => expect(made.hosts()).toMatchObject([{ instance: 'cart-0', pid: child.pid }]), {
      timeout: 3_000,
    });
    expect(books.refused).toEqual([lost.nonce]);
    expect(books.exits).toMatchObject([{ instance: 'cart-1', cause: 'unknown' }]);
  });

  describe('with spares', () => {
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
      vi.waitFor(() => expect(from.hosts()).toMatchObject([{ purpose: 'spare', blank: true }]), {
        timeout: 5_000,
        interval: 20,
      });

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
      expect([...books.records.values()]).toMatchObject([
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

    it('lets go of one whose new name may be in the books, or not: it never becomes another service', async () => {
      const made = withSpares();
      await made.start('spare', 'spare-0');
      await blank(made);
      const { pid } = only(made);
      books.away = true;
      await expect(made.start('cart', 'cart-0')).rejects.toThrow('the store is away');
      await vi.waitFor(() => expect(only(made)).toMatchObject({ instance: 'cart-0', state: 'gone' }));
      expect(await processStartTime(pid ?? 0)).toBeUndefined();
      books.away = false;
      await made.settle();
      expect(books.exits).toMatchObject([{ instance: 'cart-0', cause: 'retired' }]);
      await made.start('cart', 'cart-0');
      expect(only(made).pid).not.toBe(pid);
    });

    it('tells it nothing once it leads no more: it ends, and the next leader finds nobody under its new name', async () => {
      const made = withSpares();
      await made.start('spare', 'spare-0');
      await blank(made);
      const { pid } = only(made);
      handleFaults((point) => {
        if (point === 'driver.spawn') books.superseded = true;
        return undefined;
      });
      try {
        await made.start('cart', 'cart-0');
      } finally {
        handleFaults(undefined);
      }
      await vi.waitFor(async () => expect(await processStartTime(pid ?? 0)).toBeUndefined());
      books.superseded = false;
      const next = withSpares();
      await next.adopt([...books.records.values()]);
      expect(books.exits).toMatchObject([{ instance: 'cart-0', cause: 'unknown' }]);
      expect(next.hosts()).toEqual([]);
    });

    it('ends what waits blank or is still loading when its switcher leads no more, and no service', async () => {
      const made = withSpares();
      await made.start('spare', 'spare-0');
      await blank(made);
      await made.start('cart', 'cart-0');
      await said('cart-0');
      await made.start('spare', 'spare-1');
      await vi.waitFor(() => expect(made.hosts()[1]).toMatchObject({ blank: true }), { timeout: 5_000 });
      await made.start('spare', 'spare-2');
      const [cart, ...spares] = made.hosts();
      expect(spares.map(({ instance }) => instance)).toEqual(['spare-1', 'spare-2']);
      books.superseded = true;
      made.standDown();
      expect(made.hosts()).toEqual([cart]);
      for (const { pid } of spares) {
        await vi.waitFor(async () => expect(await processStartTime(pid ?? 0)).toBeUndefined(), {
          timeout: 5_000,
        });
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
      expect(books.exits).toEqual([{ instance: 'cart-0', nonce, cause: 'signal' }]);
    });

    it('adopts no spare: it ends with the switcher that started it', async () => {
      const first = withSpares();
      await first.start('spare', 'spare-0');
      await blank(first);
      const next = withSpares();
      await next.adopt([...books.records.values()]);
      expect(next.hosts()).toEqual([]);
      expect([...books.records.values()]).toEqual([]);
    });
  });
});
