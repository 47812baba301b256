import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eachTestHasARepository } from './small-repository.ts';

const { at, run, lines } = eachTestHasARepository();

test('of two starts at once one sets up and the other waits for it', async () => {
  const both = await Promise.all([run(['start']), run(['start'])]);
  expect(both.map(({ code, out }) => [code, out])).toEqual([
    [0, 'started \n'],
    [0, 'started \n'],
  ]);
  expect([await lines('npm.log'), await lines('build.log')]).toEqual([1, 1]);
});

test('the lock of a set-up that was killed does not hold up the next one', async () => {
  await mkdir(join(at.root, '.atlas'));
  const path = join(at.root, '.atlas/setup.lock');
  await writeFile(path, String(process.pid));
  const long = new Date(Date.now() - 60_000);
  await utimes(path, long, long);
  expect(await run(['build'])).toMatchObject({ code: 0 });
});

test('a stale lock is taken away; the one that somebody else has made in its place is not', async () => {
  const module: string = join(at.root, 'tools/setup/setup-lock.mjs');
  const { removeStale } = (await import(module)) as { removeStale: (path: string) => Promise<void> };
  const path = join(at.root, 'setup.lock');
  await writeFile(path, String(process.pid));
  await removeStale(path);
  expect(await readFile(path, 'utf8')).toBe(String(process.pid));
  const long = new Date(Date.now() - 60_000);
  await utimes(path, long, long);
  await removeStale(path);
  expect((await readdir(at.root)).filter((name) => name.startsWith('setup.lock'))).toEqual([]);
});

test('whoever has lost the lock in a long sleep leaves it to the one that has it now', async () => {
  const module: string = join(at.root, 'tools/setup/setup-lock.mjs');
  const { underSetupLock } = (await import(module)) as {
    underSetupLock: (folder: string, work: () => Promise<void>) => Promise<void>;
  };
  const path = join(at.root, 'setup.lock');
  await underSetupLock(at.root, () => writeFile(path, String(process.ppid)));
  expect(await readFile(path, 'utf8')).toBe(String(process.ppid));
  await rm(path);
  await underSetupLock(at.root, () => Promise.resolve());
  expect(await readdir(at.root)).not.toContain('setup.lock');
});
