import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eachTestHasARepository } from './small-repository.ts';

const { at, lock, env, run, ranBy, lines } = eachTestHasARepository();

test('the first start says what it downloads, installs, builds and runs; the second only runs', async () => {
  const first = await run(['start', '--once', '--port', '0']);
  expect(first).toMatchObject({ code: 0, out: 'started --once --port 0\n' });
  expect(first.said).toMatch(/^atlas: this needs to download, once: 1 npm packages \(about \d+ MB\)/);
  expect(first.said).toMatch(/installing dependencies: done/);
  expect(await run(['start'], { FAKE_NPM: 'ENOTFOUND' })).toEqual({ code: 0, out: 'started \n', said: '' });
  expect([await lines('npm.log'), await lines('build.log')]).toEqual([1, 1]);
});

test('a changed package-lock.json installs anew, a changed source builds anew', async () => {
  await run(['build']);
  await lock('1.0.1');
  await run(['build']);
  expect([await lines('npm.log'), await lines('build.log')]).toEqual([2, 2]);
  await writeFile(join(at.root, 'apps/shop/src/main.ts'), 'export const changed = 1;');
  await run(['build']);
  expect([await lines('npm.log'), await lines('build.log')]).toEqual([2, 3]);
});

test('what is for development is installed also where NODE_ENV says production', async () => {
  const env = { NODE_ENV: 'production' };
  expect(await run(['start'], env)).toMatchObject({ code: 0 });
  expect((await run(['start'], env)).said).toBe('');
});

test('where a process may open few files, all sources count', async () => {
  const sources = Array.from({ length: 300 }, (_, i) => join(at.root, `apps/shop/src/part-${i}.ts`));
  await Promise.all(sources.map((file) => writeFile(file, 'export {};')));
  const command = `ulimit -n 128; exec "${process.execPath}" tools/setup/run.mjs build`;
  expect(await ranBy(spawn('/bin/sh', ['-c', command], { cwd: at.root, env: env() }))).toMatchObject({
    code: 0,
  });
  expect(await run(['build'])).toMatchObject({ code: 0 });
  expect(await lines('build.log')).toBe(1);
});

test.each([
  ['ENOTFOUND', /^atlas: no network: the dependencies could not be downloaded; try again online$/m],
  ['EACCES', /^atlas: no permission to write in .* \(needed for the dependencies\)$/m],
  ['ENOSPC', /^atlas: the disk is full: the dependencies could not be stored in .*$/m],
])('%s of npm becomes one line', async (code, line) => {
  const ran = await run(['start'], { FAKE_NPM: code });
  expect(ran.code).toBe(1);
  expect(ran.said).toMatch(line);
  expect(ran.said).not.toMatch(/ at .*\.mjs/);
});

test('a machine without npm is told so', async () => {
  const ran = await run(['start'], { npm_execpath: '', PATH: at.root });
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.said).toMatch(/npm is not on the PATH; install Node.js with npm/);
});
