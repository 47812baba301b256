import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TargetFile } from '../src/watch/target-file.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'atlas-targets-'))));
afterEach(() => rm(folder, { recursive: true }));

const host = (instance: string, port: number) => ({
  ...{ instance, app: instance.slice(0, -2), process: '1' },
  metricsUrl: `http://127.0.0.1:${port}`,
});

test('hosts are told as Prometheus discovers them, and again when they have changed, and only then', async () => {
  const path = join(folder, 'targets.json');
  const file = new TargetFile(path);
  await file.tell([host('shop-0', 4701)]);
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual([
    { targets: ['127.0.0.1:4701'], labels: { app: 'shop', host: 'shop-0' } },
  ]);
  const { ino } = await stat(path);
  await file.tell([host('shop-0', 4701)]);
  expect((await stat(path)).ino).toBe(ino);
  await file.tell([host('shop-0', 4701), host('cart-0', 4702)]);
  expect(JSON.parse(await readFile(path, 'utf8'))).toHaveLength(2);
  expect(await readdir(folder)).toEqual(['targets.json']);
});

test('a folder that is not there holds up nothing, and is tried again (F2)', async () => {
  const file = new TargetFile(join(folder, 'later', 'targets.json'));
  await expect(file.tell([host('shop-0', 1)])).resolves.toBeUndefined();
  await mkdir(join(folder, 'later'));
  await file.tell([host('shop-0', 1)]);
  expect(await readdir(join(folder, 'later'))).toEqual(['targets.json']);
});

test('a host whose address is none is left out (F3)', async () => {
  const path = join(folder, 'targets.json');
  await new TargetFile(path).tell([{ ...host('cart-0', 1), metricsUrl: '' }, host('shop-0', 4701)]);
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject([{ targets: ['127.0.0.1:4701'] }]);
});
