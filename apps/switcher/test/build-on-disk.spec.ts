import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildObstacle } from '../src/adapters/build-on-disk.ts';

let dist: string;
beforeEach(async () => {
  dist = await mkdtemp(join(tmpdir(), 'atlas-dist-'));
});
afterEach(() => rm(dist, { recursive: true, force: true }));

const obstacle = () =>
  buildObstacle({
    build: 'b1',
    bundle: 'shop',
    apps: { shop: { main: join(dist, 'shop/main.js'), env: {} } },
  });
const finished = (text: string) => writeFile(join(dist, 'build.json'), text);

it('lets hosts start from the build that the stack was started with', async () => {
  await finished('{ "build": "b1", "built": ["shop"] }');
  expect(await obstacle()).toBeNull();
});

it('names both builds when another one is on disk', async () => {
  await finished('{ "build": "b2" }');
  expect(await obstacle()).toBe('the build on disk is b2, this stack runs b1: restart npm start');
});

it.each([
  ['has no name yet', undefined],
  ['is being written', '{ "bu'],
  ['names nothing', '{ "build": 1 }'],
  ['is no object', 'null'],
])('takes a build for unfinished when its file %s', async (_, text) => {
  if (text !== undefined) await finished(text);
  expect(await obstacle()).toBe('the build on disk is unfinished, this stack runs b1: restart npm start');
});
