import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { linkLibraries } from '../src/postgres-binaries.ts';
import { StackError } from '../src/stack-error.ts';

/** Whoever runs this may be root, who may write everywhere. */
const forbidden = vi.hoisted(() => ({ in: 'nowhere' }));
interface Linking {
  readonly symlink: (to: string, path: string) => Promise<void>;
}
vi.mock('node:fs/promises', async (original) => {
  const real = await original<Linking>();
  return {
    ...real,
    symlink: (to: string, path: string) =>
      path.includes(forbidden.in)
        ? Promise.reject(Object.assign(new Error('permission denied'), { code: 'EACCES' }))
        : real.symlink(to, path),
  };
});

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'atlas-binaries-'))));
afterEach(() => rm(root, { recursive: true }));

async function packageIn(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(join(folder, 'native/lib'), { recursive: true });
  await writeFile(join(folder, 'native/lib/libz.so.1.2'), 'the library');
  const links = [{ source: 'native/lib/libz.so.1.2', target: 'native/lib/libz.so.1' }];
  await writeFile(join(folder, 'native/pg-symlinks.json'), JSON.stringify(links));
  return folder;
}
const library = (folder: string): Promise<string> => readFile(join(folder, 'native/lib/libz.so.1'), 'utf8');

test('the libraries of Postgres are found after the checkout was moved, also those linked before', async () => {
  const folder = await packageIn('here');
  await linkLibraries(join(folder, 'native'), folder);
  const moved = join(root, 'there');
  await rename(folder, moved);
  expect(await library(moved)).toBe('the library');
  await rm(join(moved, 'native/lib/libz.so.1'));
  await symlink(join(folder, 'native/lib/libz.so.1.2'), join(moved, 'native/lib/libz.so.1'));
  await Promise.all([1, 2].map(() => linkLibraries(join(moved, 'native'), moved)));
  expect(await library(moved)).toBe('the library');
});

test('a package that somebody else owns is named, with what to do', async () => {
  const folder = await packageIn('of root');
  forbidden.in = folder;
  const linked = linkLibraries(join(folder, 'native'), folder);
  await expect(linked).rejects.toBeInstanceOf(StackError);
  await expect(linked).rejects.toThrow(`cannot be linked in ${folder}: it is read-only, or belongs to`);
});
