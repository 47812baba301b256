import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRunFile, updateRunFile } from '@atlas/platform-stack';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunFileRegistry } from '../src/adapters/run-file-registry.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'atlas-run-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

it('replaces the rows of hosts, and leaves those of others alone', async () => {
  const postgres = { app: 'postgres', instance: 'postgres', pid: 1, startTime: 's', rpc: null };
  await updateRunFile(home, (document) => ({ ...document, processes: [postgres] }));
  const registry = new RunFileRegistry(home, ['shop', 'cart']);
  const shop = { app: 'shop', instance: 'shop-0', pid: 2, startTime: 't', rpc: '127.0.0.1:1' };
  const cart = { app: 'cart', instance: 'cart-0', pid: 3, startTime: 'u', rpc: '127.0.0.1:2' };
  await registry.publish([
    { ...shop, metricsUrl: 'http://127.0.0.1:9' },
    { ...cart, metricsUrl: null },
  ]);
  expect((await readRunFile(home))?.processes).toEqual([
    postgres,
    { ...shop, metricsUrl: 'http://127.0.0.1:9' },
    cart,
  ]);
  await registry.publish([{ ...cart, metricsUrl: null }]);
  await registry.publishControlUrl('http://127.0.0.1:7');
  expect(await readRunFile(home)).toMatchObject({
    controlUrl: 'http://127.0.0.1:7',
    processes: [postgres, cart],
  });
});
