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
  registry.controlUrl = 'http://127.0.0.1:7';
  const hosts = [
    { ...shop, metricsUrl: 'http://127.0.0.1:9' },
    { ...cart, metricsUrl: null },
  ];
  await registry.publish(hosts, () => true);
  expect((await readRunFile(home))?.processes).toEqual([
    postgres,
    { ...shop, metricsUrl: 'http://127.0.0.1:9' },
    cart,
  ]);
  await registry.publish([{ ...cart, metricsUrl: null }], () => true);
  expect(await readRunFile(home)).toMatchObject({
    controlUrl: 'http://127.0.0.1:7',
    processes: [postgres, cart],
  });
});

it('names the switcher that leads, and leaves the file alone once it leads no more', async () => {
  const [old, successor] = [new RunFileRegistry(home, ['shop']), new RunFileRegistry(home, ['shop'])];
  old.controlUrl = 'http://127.0.0.1:7';
  successor.controlUrl = 'http://127.0.0.1:8';
  const row = { app: 'shop', instance: 'shop-0', pid: 2, startTime: 't', rpc: null, metricsUrl: null };
  await old.publish([row], () => true);
  await successor.publish([row], () => true);
  await expect(old.publish([], () => false)).rejects.toThrow('does not lead');
  expect(await readRunFile(home)).toMatchObject({
    controlUrl: 'http://127.0.0.1:8',
    processes: [{ instance: 'shop-0' }],
  });
});
