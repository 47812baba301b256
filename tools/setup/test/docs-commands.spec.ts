import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** A repository whose README starts a shop, and then runs a command that lasts. */
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'atlas-readme-'));
  await cp(join(import.meta.dirname, '..'), join(root, 'tools/setup'), {
    recursive: true,
    filter: (path) => path !== import.meta.dirname,
  });
  for (const folder of ['bin', 'tmp']) await mkdir(join(root, folder));
  await writeFile(join(root, 'bin/npm'), `#!/bin/sh\nexec "${process.execPath}" shop.mjs\n`);
  await chmod(join(root, 'bin/npm'), 0o755);
  await writeFile(join(root, 'shop.mjs'), SHOP);
  await writeFile(join(root, 'lasts.mjs'), LASTS);
  const commands = ['npm start', `"${process.execPath}" lasts.mjs`];
  await writeFile(join(root, 'README.md'), ['```sh', ...commands, '```', ''].join('\n'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Both end by themselves when nobody ends them. */
const LASTS = `
console.log('lasting');
setTimeout(() => process.exit(3), 15_000);
`;
const SHOP = `
import { writeFileSync } from 'node:fs';
process.on('SIGINT', () => {
  writeFileSync('stopped', 'in order');
  process.exit(0);
});
console.log('answering at http://127.0.0.1:1');
setTimeout(() => process.exit(3), 15_000);
`;

test('interrupted, the commands of the README end in order and leave no folder behind', async () => {
  const child = spawn(process.execPath, [join(root, 'tools/setup/docs-commands.mjs')], {
    cwd: root,
    env: { PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter), TMPDIR: join(root, 'tmp') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let said = '';
  await new Promise<void>((resolve) =>
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('lasting')) resolve();
    }),
  );
  child.kill('SIGTERM');
  expect(await closed).toEqual([130, null]);
  expect(await readdir(join(root, 'tmp'))).toEqual([]);
  expect(await readFile(join(root, 'stopped'), 'utf8')).toBe('in order');
});
