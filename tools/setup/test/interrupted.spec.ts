import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { BUILD, eachTestHasARepository } from './small-repository.ts';

const { at, env, run, ranBy, last, saying } = eachTestHasARepository();

/** Of the task that is started: it stays, and knows no signals. */
const STAYS = `console.log("started"); setTimeout(() => process.exit(3), 15_000);`;
/** A build that lasts until there is a file \`go\`. */
const LASTS = `
import { existsSync } from 'node:fs';
console.log('building');
for (const until = Date.now() + 15_000; !existsSync('go') && Date.now() < until;)
  await new Promise((later) => setTimeout(later, 20));
`;

test.each(['SIGTERM', 'SIGINT'] as const)('%s during an installation ends npm, too', async (signal) => {
  const ran = run(['start'], { LASTING_NPM: '1' });
  await vi.waitFor(() => readFile(join(at.root, 'npm.began')), 10_000);
  last()?.kill(signal);
  expect(await ran).toMatchObject({ code: 1, out: '' }); // nothing is started
  expect((await ran).said).toMatch(/^atlas: interrupted: the dependencies could not be brought$/m);
  expect(await readFile(join(at.root, 'npm.ended'), 'utf8')).toBe('');
});

test('Ctrl-C during a build is no failure of the build', async () => {
  await writeFile(join(at.root, 'tools/setup/build.mjs'), LASTS);
  const ran = run(['start']);
  (await saying('building')).kill('SIGINT');
  expect(await ran).toMatchObject({ code: 1, out: 'building\n' });
  expect((await ran).said).toMatch(/^atlas: the build was interrupted \(exit code 130\)$/m);
});

test('Ctrl-C ends a task that knows no signals, also when a build came before it', async () => {
  await writeFile(
    join(at.root, 'tools/setup/build.mjs'),
    `${BUILD}writeFileSync('dist/stack/main.js', ${JSON.stringify(STAYS)});`,
  );
  const ran = run(['start']);
  (await saying('started')).kill('SIGINT');
  expect(await ran).toMatchObject({ code: 'SIGINT' });
});

test('when npm was killed during the set-up nothing is started', async () => {
  await writeFile(join(at.root, 'tools/setup/build.mjs'), `${LASTS}${BUILD}`);
  const npm = `
    const options = { stdio: 'inherit', env: { ...process.env, npm_lifecycle_event: 'start' } };
    require('node:child_process').spawn(process.execPath, ['tools/setup/run.mjs', 'start'], options);
    setTimeout(() => {}, 15_000)`;
  const ran = ranBy(spawn(process.execPath, ['-e', npm], { cwd: at.root, env: env() }));
  const parent = await saying('building');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await writeFile(join(at.root, 'go'), '');
  expect(await ran).toMatchObject({ code: 'SIGKILL', out: 'building\n' });
});

test('SIGTERM ends a stage with the run that it is of', async () => {
  await run(['build']);
  await mkdir(join(at.root, 'node_modules/.bin'), { recursive: true });
  const nx = '#!/bin/sh\necho running\nexec sleep 15\n';
  await writeFile(join(at.root, 'node_modules/.bin/nx'), nx, { mode: 0o755 });
  const ran = run(['test', 'project graph']);
  (await saying('running')).kill('SIGTERM');
  expect(await ran).toMatchObject({ code: 1 }); // nobody holds its output any more
});
