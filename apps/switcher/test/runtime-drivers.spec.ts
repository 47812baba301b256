/** One suite over every driver. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostRecord } from '@atlas/control-store';
import { processStartTime } from '@atlas/platform-stack';
import { expect, it } from 'vitest';
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
        if (pid !== null && (await processStartTime(pid)) === pidStartedAt) process.kill(pid, 'SIGKILL');
      }
      await rm(logsDir, { recursive: true, force: true });
    },
  };
}

async function externalScene(): Promise<DriverScene & { readonly children: readonly ChildProcess[] }> {
  const books = new Books();
  const children: ChildProcess[] = [];
  const options = { apps: ['shop', 'cart'], bundle: 'shop', command: 'serve', ledger: books, say };
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
    driver: () => new FakeDriver(['shop', 'cart'], machine, books),
    bring: (driver, instance) => driver.start('cart', instance),
    kill: leave,
    lives: async ({ instance, nonce }) => running.has(`${instance}:${nonce}`),
    close: async () => undefined,
  };
}

runtimeDriverConformance('process', { owns: true, open: processScene });
runtimeDriverConformance('external', { owns: false, open: externalScene });
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
