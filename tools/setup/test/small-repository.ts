/** What each test of this set-up begins with: a small repository that has it. */
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/**
 * Installs by writing npm's own note, without what NODE_ENV leaves out, a Node by a link to the running one; fails as it is
 * told in FAKE_NPM, and takes as long as somebody lets it in LASTING_NPM.
 */
const NPM = `
const fs = require('node:fs');
fs.appendFileSync('npm.log', process.argv.slice(2, 4).join(' ') + '\\n');
const [name, version] = process.argv.find((arg) => arg.startsWith('node-'))?.split('@') ?? [];
if (name) {
  fs.mkdirSync('node_modules/' + name + '/bin', { recursive: true });
  fs.symlinkSync(process.execPath, 'node_modules/' + name + '/bin/node');
  const packages = { ['node_modules/' + name]: { version } };
  fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
  process.exit();
}
if (process.env.LASTING_NPM) {
  setTimeout(() => process.exit(3), 15_000);
  process.on('SIGTERM', () => { fs.writeFileSync('npm.ended', ''); process.exit(1); });
  fs.writeFileSync('npm.began', '');
  return;
}
if (process.env.FAKE_NPM) { console.error('npm error code ' + process.env.FAKE_NPM); process.exit(1); }
const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
delete packages['node_modules/mac'];
const omit = process.env.NODE_ENV === 'production' && !process.argv.includes('--include=dev');
if (omit) for (const name of Object.keys(packages)) if (packages[name].dev) delete packages[name];
fs.mkdirSync('node_modules', { recursive: true });
setTimeout(() => fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages })), 200);
`;
/** Counts its runs. */
export const BUILD = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { buildInputs, markBuilt } from './build-stamp.mjs';
const root = process.cwd();
const inputs = await buildInputs(root);
mkdirSync('dist/stack', { recursive: true });
writeFileSync('dist/stack/main.js', 'console.log("started", process.argv.slice(2).join(" "))');
writeFileSync('dist/build.json', '{}');
appendFileSync('build.log', 'built\\n');
await markBuilt(root, inputs);
`;

export interface Ran {
  /** Exit code, or the signal that ended it. */
  readonly code: number | string | null;
  readonly out: string;
  readonly said: string;
}

/** A small repository with this set-up, an npm that only pretends, and a build that counts its runs. */
export function eachTestHasARepository() {
  const at = { root: '' };
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    at.root = await mkdtemp(join(tmpdir(), 'atlas-set-up-'));
    const here = join(import.meta.dirname, '..');
    await cp(here, join(at.root, 'tools/setup'), {
      recursive: true,
      filter: (path) => path !== import.meta.dirname,
    });
    await mkdir(join(at.root, 'apps/shop/src'), { recursive: true });
    await writeFile(join(at.root, 'apps/shop/src/main.ts'), 'export {};');
    await lock('1.0.0');
    await writeFile(join(at.root, 'npm-cli.js'), NPM);
    await writeFile(join(at.root, 'tools/setup/build.mjs'), BUILD);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(at.root, { recursive: true, force: true });
  });

  const lock = (version: string): Promise<void> =>
    writeFile(
      join(at.root, 'package-lock.json'),
      JSON.stringify({
        packages: {
          '': {},
          'node_modules/left': { version, dev: true },
          'node_modules/mac': { version: '1', optional: true },
        },
      }),
    );

  /** Of a start by the npm that only pretends. */
  const env = () => ({ PATH: process.env['PATH'], npm_execpath: join(at.root, 'npm-cli.js') });

  function run(args: readonly string[], more: Record<string, string> = {}): Promise<Ran> {
    return ranBy(
      spawn(process.execPath, [join(at.root, 'tools/setup/run.mjs'), ...args], {
        cwd: at.root,
        env: { ...env(), ...more },
      }),
    );
  }

  /** To its end: when nobody holds its output any more. */
  function ranBy(child: ChildProcessWithoutNullStreams): Promise<Ran> {
    children.push(child);
    return new Promise((resolve) => {
      let [out, said] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.once('close', (code, signal) => resolve({ code: code ?? signal, out, said }));
    });
  }

  /** The process that was started last. */
  const last = () => children.at(-1);

  /** Resolves to the process that was started last, once it has said this. */
  async function saying(text: string): Promise<ChildProcess> {
    const child = last();
    if (!child?.stdout) throw new Error('nothing was started');
    for (let out = ''; !out.includes(text);) out += String((await once(child.stdout, 'data'))[0]);
    return child;
  }

  const lines = async (file: string): Promise<number> =>
    (await readFile(join(at.root, file), 'utf8').catch(() => '')).split('\n').length - 1;

  return { at, lock, env, run, ranBy, last, saying, lines };
}
