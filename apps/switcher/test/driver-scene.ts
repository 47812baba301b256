import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processStartTime, signalProcess } from '@atlas/platform-stack';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { ProcessDriver, type ProcessDriverOptions } from '../src/adapters/process-driver.ts';
import { Books } from './books.ts';

/** A host that is nothing but a process; BEHAVIOUR says how it ends. */
export const HOST = join(import.meta.dirname, 'fixtures/plain-host.mjs');

/** Process drivers with books of their own; whatever they started ends with the test. */
export function eachTestHasDrivers() {
  const at = { logsDir: '', books: new Books() };
  const drivers: ProcessDriver[] = [];
  const pids: number[] = [];

  beforeEach(async () => {
    at.logsDir = await mkdtemp(join(tmpdir(), 'atlas-driver-'));
    at.books = new Books();
  });
  afterEach(async () => {
    for (const driver of drivers.splice(0)) {
      for (const { pid } of driver.hosts()) if (pid !== null) pids.push(pid);
      driver.close();
    }
    for (const pid of new Set(pids.splice(0))) {
      const startTime = await processStartTime(pid);
      if (startTime !== undefined) await signalProcess({ pid, startTime }, 'SIGKILL');
    }
    await rm(at.logsDir, { recursive: true, force: true });
  });

  return {
    at,
    driver: (options: Partial<ProcessDriverOptions> = {}, behaviour = 'calm'): ProcessDriver => {
      const recipe = { main: HOST, env: { BEHAVIOUR: behaviour } };
      const made = new ProcessDriver({
        recipes: { shop: recipe, cart: recipe },
        bundle: 'shop',
        logsDir: at.logsDir,
        ledger: at.books,
        say: () => undefined,
        ...options,
      });
      drivers.push(made);
      return made;
    },
    /** It is left alone at the end: its hosts are another's by then. */
    forget: (driver: ProcessDriver) => void drivers.splice(drivers.indexOf(driver), 1),
    /** Ends a process with the test. */
    ends: (pid: number) => void pids.push(pid),
    only: (from: ProcessDriver) => {
      const [host] = from.hosts();
      if (!host) throw new Error('no host');
      return host;
    },
    gone: (from: ProcessDriver) => vi.waitFor(() => expect(from.hosts()).toEqual([])),
    /** The first line of an instance's log. */
    said: (instance: string) =>
      vi.waitFor(async () => {
        const log = await readFile(join(at.logsDir, `${instance}.log`), 'utf8');
        return JSON.parse(log.split('\n')[0] ?? '') as object;
      }),
  };
}
