import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExitRecord } from '@atlas/control-store';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as SpawnHost from '../src/adapters/spawn-host.ts';
import { ProcessDriver } from '../src/adapters/process-driver.ts';

// The driver's own process is kept from running until the child has come and gone.
vi.mock('../src/adapters/spawn-host.ts', async (original) => {
  const actual = await original<typeof SpawnHost>();
  return {
    ...actual,
    spawnHost: async (...options: Parameters<typeof actual.spawnHost>) => {
      const child = await actual.spawnHost(...options);
      if (child?.exitCode === null) await once(child, 'exit');
      return child;
    },
  };
});

let logsDir: string;
beforeEach(async () => {
  logsDir = await mkdtemp(join(tmpdir(), 'atlas-quick-'));
});
afterEach(() => rm(logsDir, { recursive: true, force: true }));

it('sees the end of a host that ended before anybody listened', async () => {
  const exits: Omit<ExitRecord, 'at'>[] = [];
  const driver = new ProcessDriver({
    recipes: { cart: { main: join(logsDir, 'missing.mjs'), env: {} } },
    bundle: 'shop',
    logsDir,
    ledger: {
      record: async () => undefined,
      orderStop: async () => undefined,
      forget: async () => undefined,
      ended: async (exit) => void exits.push(exit),
      refuse: async () => undefined,
      lastLease: () => undefined,
      leases: () => [],
      now: () => Date.now(),
      leads: () => true,
    },
    say: () => undefined,
  });
  await driver.start('cart', 'cart-0');
  await vi.waitFor(() => expect(exits[0]).toMatchObject({ instance: 'cart-0', cause: 'exit' }));
  expect(driver.hosts()).toEqual([]);
  driver.close();
});
