/** One suite over every driver. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostRecord, LeaseRow } from '@atlas/control-store';
import { processStartTime, signalProcess, type EndNote } from '@atlas/platform-stack';
import { describe, expect, it, vi } from 'vitest';
import { ExternalDriver } from '../src/adapters/external-driver.ts';
import { FakeDriver, type FakeMachine } from '../src/adapters/fake-driver.ts';
import { ProcessDriver } from '../src/adapters/process-driver.ts';
import type { DrivenHost } from '../src/ports/runtime-driver.ts';
import { Books, lease } from './books.ts';
import { runtimeDriverConformance, type DriverScene } from './runtime-driver.conformance.ts';

const HOST = join(import.meta.dirname, 'fixtures/plain-host.mjs');
const say = (): void => undefined;

const isRunning = async ({ pid, pidStartedAt }: DrivenHost): Promise<boolean> =>
  pid !== null && (await processStartTime(pid)) === pidStartedAt;
const killed = ({ pid }: DrivenHost): void => void (pid !== null && process.kill(pid, 'SIGKILL'));

async function processScene(): Promise<DriverScene> {
  const books = new Books();
  const logsDir = await mkdtemp(join(tmpdir(), 'atlas-driver-'));
  const recipe = { main: HOST, env: {} };
  return {
    books,
    driver: () =>
      new ProcessDriver({
        recipes: { shop: recipe, cart: recipe },
        bundle: 'shop',
        logsDir,
        ledger: books,
        say,
      }),
    bring: (driver, instance) => driver.start('cart', instance),
    kill: killed,
    lives: isRunning,
    close: async () => {
      for (const { pid, pidStartedAt } of books.history) {
        // A host that was opened or kept is in there again, and may be on its way out by then.
        if (pid !== null && pidStartedAt !== null)
          await signalProcess({ pid, startTime: pidStartedAt }, 'SIGKILL');
      }
      await rm(logsDir, { recursive: true, force: true });
    },
  };
}

async function externalScene(
  endOf?: (nonce: string) => EndNote | undefined,
): Promise<DriverScene & { readonly children: readonly ChildProcess[] }> {
  const books = new Books();
  const children: ChildProcess[] = [];
  const options = {
    ...{ bundle: 'shop', command: 'serve', ledger: books, say },
    ...(endOf && { endOf: async (_instance: string, nonce: string) => endOf(nonce) }),
  };
  return {
    books,
    children,
    driver: () => new ExternalDriver(options),
    bring: async (_driver, instance) => {
      const child = spawn(process.execPath, [HOST], { stdio: 'ignore' });
      children.push(child);
      await once(child, 'spawn');
      const nonce = randomBytes(8).toString('hex');
      books.leaseRows.set(nonce, lease({ instance, nonce }, child.pid ?? 0));
    },
    kill: killed,
    lives: isRunning,
    close: async () => {
      for (const child of children) {
        if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
          await once(child, 'exit');
      }
    },
  };
}

async function fakeScene(): Promise<DriverScene> {
  const books = new Books();
  const running = new Map<string, HostRecord>();
  const leave = ({ instance, nonce }: { readonly instance: string; readonly nonce: string }): void =>
    void running.delete(`${instance}:${nonce}`);
  const machine: FakeMachine = { running, onSpawn: say, onStop: leave, onKill: say };
  return {
    books,
    driver: () => new FakeDriver('shop', machine, books),
    bring: (driver, instance) => driver.start('cart', instance),
    kill: leave,
    lives: async ({ instance, nonce }) => running.has(`${instance}:${nonce}`),
    close: async () => undefined,
  };
}

runtimeDriverConformance('process', { owns: true, open: processScene });
runtimeDriverConformance('external', { owns: false, open: () => externalScene() });
runtimeDriverConformance('fake', { owns: true, open: fakeScene });

it('takes a host that is held still by a debugger for alive, and one that left in order for retired', async () => {
  const scene = await externalScene();
  try {
    const driver = scene.driver();
    await scene.bring(driver, 'cart-0');
    await driver.settle();
    const [host] = driver.hosts();
    const [row] = scene.books.leases();
    if (!host || !row) throw new Error('not held');
    scene.books.leaseRows.set(host.nonce, { ...row, live: false });
    await driver.settle();
    expect(driver.hosts()).toMatchObject([{ state: 'running' }]);
    scene.books.leaseRows.set(host.nonce, { ...row, health: 'leaving' });
    scene.kill(host);
    const [child] = scene.children;
    if (child) await once(child, 'exit');
    await driver.settle();
    expect(driver.hosts()).toEqual([]);
    expect(scene.books.exits).toEqual([{ instance: 'cart-0', nonce: host.nonce, cause: 'retired' }]);
    driver.close();
  } finally {
    await scene.close();
  }
});

describe('how a host ended that something else ran', () => {
  type Word = Omit<EndNote, 'nonce'>;

  /** A host is held, leases `more`, and is killed; its runner says `word` at the second question. */
  async function causeOf(word: Word | undefined, more: Partial<LeaseRow> = {}): Promise<unknown> {
    let questions = 0;
    const scene = await externalScene((nonce) => {
      questions += 1;
      return word && questions > 1 ? { nonce, ...word } : undefined;
    });
    const driver = scene.driver();
    try {
      await scene.bring(driver, 'cart-0');
      await driver.settle();
      const [host] = driver.hosts();
      const [row] = scene.books.leases();
      if (!host || !row) throw new Error('not held');
      scene.books.leaseRows.set(host.nonce, { ...row, ...more });
      scene.kill(host);
      const [child] = scene.children;
      if (child) await once(child, 'exit');
      await driver.settle();
      expect(driver.hosts()).toMatchObject([{ state: 'running' }]); // its runner is given a moment
      await vi.waitFor(
        async () => {
          await driver.settle();
          expect(driver.hosts()).toEqual([]);
        },
        { timeout: 20_000, interval: 20 },
      );
      return scene.books.exits[0]?.cause;
    } finally {
      driver.close();
      await scene.close();
    }
  }
  const killed = { code: null, signal: 'SIGKILL', asked: false };

  it('is asked also of one that ended before this driver met it', async () => {
    const scene = await externalScene((nonce) => ({ nonce, ...killed }));
    const driver = scene.driver();
    try {
      await scene.bring(driver, 'cart-0');
      const [child] = scene.children;
      child?.kill('SIGKILL');
      if (child) await once(child, 'exit');
      await driver.settle();
      expect(driver.hosts()).toEqual([]);
      expect(scene.books.exits).toMatchObject([{ instance: 'cart-0', cause: 'signal' }]);
    } finally {
      driver.close();
      await scene.close();
    }
  });

  it.for<[string, unknown, Word | undefined, Partial<LeaseRow>]>([
    ['a signal from outside clears its work of suspicion', 'signal', killed, {}],
    ['a full memory does not', 'out_of_memory', killed, { rssMb: 95, memoryLimitMb: 100 }],
    ['an abort does not', 'abort', { ...killed, signal: 'SIGABRT' }, {}],
    ['an exit of its own does not', 'exit', { code: 1, signal: null, asked: false }, {}],
    ['an end that was asked for does', 'retired', { code: 0, signal: null, asked: true }, {}],
    [
      'so does one that its lease had said, whoever asked',
      'retired',
      { code: 0, signal: null, asked: false },
      { health: 'leaving' },
    ],
    ['without a word in time it is unknown', 'unknown', undefined, {}],
  ])('%s', async ([, cause, word, more]) => {
    expect(await causeOf(word, more)).toBe(cause);
  });
});
