import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eachTestHasARepository, type Ran } from './small-repository.ts';

const { at, run, ranBy } = eachTestHasARepository();

/** Of the small repository, without the settings of whoever runs this. */
const git = (...args: string[]): Promise<Ran> =>
  ranBy(spawn('git', args, { cwd: at.root, env: { PATH: process.env['PATH'], HOME: at.root } }));

test('a check takes no arguments, and says what does', async () => {
  const { code, out, said } = await run(['check', 'unit']);
  expect([code, out]).toEqual([2, '']);
  expect(said).toMatch(/^atlas: npm run check takes no arguments; npm test -- unit runs stages by name$/m);
});

test('a check without a commit to compare with says so', async () => {
  await git('init');
  const { code, out, said } = await run(['check']);
  expect([code, out]).toEqual([1, '']);
  expect(said).toMatch(/^atlas: npm run check looks at .* since the last commit, and there is none here; /m);
  expect(said).not.toMatch(/ at .*\.mjs/);
});

/** Tools that only say how they were called. */
async function tools(...names: readonly string[]): Promise<void> {
  await mkdir(join(at.root, 'node_modules/.bin'), { recursive: true });
  for (const tool of names)
    await writeFile(join(at.root, 'node_modules/.bin', tool), '#!/bin/sh\necho "$0" "$@"\n', { mode: 0o755 });
}

test('a check looks at files of any name', async () => {
  await tools('prettier', 'nx', 'eslint', 'tsc', 'vitest');
  await writeFile(join(at.root, '.gitignore'), '*');
  await git('init');
  await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--allow-empty', '--message', 'first');
  for (const name of ['größe.ts', 'the "new".ts']) {
    await writeFile(join(at.root, name), '');
    await git('add', '--force', name);
  }
  const { out } = await run(['check']);
  expect(out).toMatch(/\/prettier .* größe\.ts the "new"\.ts$/m);
  expect(out).toMatch(/\/eslint .* größe\.ts the "new"\.ts$/m);
});

test('in a clone that knows one commit only, a check finds nothing changed', async () => {
  await tools('nx', 'tsc', 'vitest');
  await writeFile(join(at.root, '.gitignore'), '*');
  await git('init');
  await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--allow-empty', '--message', 'first');
  const { out } = await run(['check']);
  expect(out).toMatch(/^ {2}format +not run: nothing changed$/m);
  expect(out).toContain('/vitest run --changed HEAD --passWithNoTests');
});
