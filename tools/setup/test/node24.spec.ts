import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { expect, test } from 'vitest';
import { eachTestHasARepository } from './small-repository.ts';

const { at, run } = eachTestHasARepository();

test('a Node that is too old reads the entry, to be told so', async () => {
  // A script of before 2019 knows `import()` and no `await` outside of functions, as Node 12 does.
  const text = await readFile(join(at.root, 'tools/setup/run.mjs'), 'utf8');
  expect(() => new Script(text)).not.toThrow();
});

/** Has the process, and those that it starts, believe that this Node is a newer one than 20, and older than 24. */
const OLDER = `--import=data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.1.0' } });",
)}`;

test('a Node 24 that npm was killed over is brought again', async () => {
  const copy = join(at.root, '.atlas/node/node_modules', `node-${process.platform}-${process.arch}`);
  await mkdir(join(copy, 'bin'), { recursive: true });
  await writeFile(join(copy, 'package.json'), JSON.stringify({ version: '24.9.0' }));
  await writeFile(join(copy, 'bin/node'), 'half of', { mode: 0o755 });
  const { code, out, said } = await run(['start'], { NODE_OPTIONS: OLDER });
  expect(said).toMatch(/^atlas: this needs to download, once: Node 24 .* and 1 npm packages/);
  expect([code, out]).toEqual([0, 'started \n']);
  expect((await run(['start'], { NODE_OPTIONS: OLDER })).said).toBe('');
});

/** A Node 24 that npm has brought whole. */
async function brought(script: string): Promise<void> {
  const modules = join(at.root, '.atlas/node/node_modules');
  const name = `node-${process.platform}-${process.arch}`;
  const packages = { [`node_modules/${name}`]: { version: '24.9.0' } };
  await mkdir(join(modules, name, 'bin'), { recursive: true });
  await writeFile(join(modules, '.package-lock.json'), JSON.stringify({ packages }));
  await writeFile(join(modules, name, 'bin/node'), script, { mode: 0o755 });
}

test('a Node 24 that this machine cannot run is named, with what to do', async () => {
  await brought('#!/no/such/loader\n');
  const { code, said } = await run(['build'], { NODE_OPTIONS: OLDER });
  expect(code).toBe(1);
  expect(said).toMatch(/^atlas: this machine cannot run .*bin\/node \(ENOENT\); install Node 24$/m);
  expect(said).not.toMatch(/ at .*\.mjs/);
});

test('a Node 24 that this machine kills is named with what killed it', async () => {
  await brought('#!/bin/sh\nkill -ILL $$\n');
  const { said } = await run(['build'], { NODE_OPTIONS: OLDER });
  expect(said).toMatch(/^atlas: this machine cannot run .*bin\/node \(SIGILL\); install Node 24$/m);
});
