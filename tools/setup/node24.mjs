/** Node 24, the runtime of everything here: the running one, or a copy in `.atlas/node` that npm brings. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { installedPackages } from './dependencies.mjs';
import { npm } from './npm.mjs';
import { SetupError, say, withProgress } from './say.mjs';
import { underSetupLock } from './setup-lock.mjs';

const NODE_24 = '24.9.0';
const root = join(import.meta.dirname, '../..');
const folder = join(root, '.atlas/node');
const packageName = `node-${process.platform}-${process.arch}`;
const copy = join(folder, 'node_modules', packageName, 'bin/node');

const runsOn24 = () => process.versions.node.startsWith('24.');

/**
 * The Node 24 to use, or undefined when it must be downloaded first. A copy that npm was killed over is none: its note
 * comes last.
 * @returns {Promise<string | undefined>}
 */
export async function findNode24() {
  if (runsOn24()) return process.execPath;
  const installed = (await installedPackages(folder))?.[`node_modules/${packageName}`];
  return existsSync(copy) && installed?.version === NODE_24 ? copy : undefined;
}

const unrunnable = (node, why) => new SetupError(`this machine cannot run ${node} (${why}); install Node 24`);

/** @throws SetupError e.g. on a system without the glibc that the copy is built for, or on a disk whose files may not be run */
const running = (node) =>
  new Promise((resolve, reject) => {
    execFile(node, ['--version'], (error, _version, said) =>
      error
        ? reject(unrunnable(node, said.trim().split('\n')[0] || (error.code ?? error.signal)))
        : resolve(node),
    );
  });

/** Downloads Node 24 unless it is there. Call under the set-up lock. @returns {Promise<string>} its path */
export async function bringNode24() {
  const there = await findNode24();
  if (there) return running(there);
  await mkdir(folder, { recursive: true });
  await rm(join(folder, 'node_modules'), { recursive: true, force: true }); // npm takes half a copy for a whole one
  await writeFile(join(folder, 'package.json'), '{ "name": "atlas-node", "private": true }\n');
  const wanted = `${packageName}@${NODE_24}`;
  await withProgress(`downloading Node ${NODE_24}`, () =>
    npm(['install', '--no-save', '--no-package-lock', '--ignore-scripts', wanted], {
      cwd: folder,
      what: `Node ${NODE_24}`,
    }),
  );
  if (!existsSync(copy))
    throw new SetupError(
      `there is no Node ${NODE_24} for ${process.platform}-${process.arch}; install Node 24`,
    );
  return running(copy);
}

/**
 * Runs this same command line on Node 24 when the running Node is another one, and exits with its code; returns at
 * once when it is Node 24 already. Signals are passed on; descriptor 3 of the new process is its lifeline.
 */
export async function reexecOnNode24() {
  if (runsOn24()) return;
  let node = await findNode24();
  if (!node) {
    say(`this is Node ${process.versions.node}; Node ${NODE_24} is needed and downloaded once (about 45 MB)`);
    node = await underSetupLock(join(root, '.atlas'), bringNode24);
  }
  process.exit(await runOn(node, process.argv.slice(1)));
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a script to its end on that Node. Signals are passed on meanwhile.
 * @returns {Promise<number>} its exit code; 128 and the signal's number when a signal ended it
 */
export function runOn(node, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, {
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      env: { ...env, ATLAS_LIFELINE_FD: '3' },
    });
    const pass = (signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, pass);
    child.once('error', (error) => reject(unrunnable(node, error.code)));
    child.once('exit', (code, signal) => {
      for (const name of SIGNALS) process.off(name, pass); // what comes next may know no signals: they end it again
      resolve(signal ? 128 + constants.signals[signal] : code);
    });
  });
}
