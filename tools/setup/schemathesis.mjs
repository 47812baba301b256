/** Brings Schemathesis, the API fuzzer, into an environment of its own under `.atlas/`: Python's, not npm's. */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runWithUs } from './run-with-us.mjs';
import { lastWords, withProgress } from './say.mjs';
import { underSetupLock } from './setup-lock.mjs';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const state = join(root, '.atlas');
const folder = join(state, 'schemathesis');
const wanted = join(import.meta.dirname, 'schemathesis.txt');
const stamp = join(folder, 'installed.txt');

const PYTHONS = ['python3', 'python'];
const NEEDED = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';

async function isThere() {
  const [is, should] = await Promise.all([readFile(stamp, 'utf8').catch(() => ''), readFile(wanted, 'utf8')]);
  return is === should;
}

async function python() {
  for (const program of PYTHONS) {
    if (
      await run(program, ['-c', NEEDED]).then(
        () => true,
        () => false,
      )
    )
      return program;
  }
  return undefined;
}

async function install(program) {
  await rm(folder, { recursive: true, force: true });
  await runWithUs(program, ['-m', 'venv', folder]);
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--retries',
    '1',
    '-r',
    wanted,
  ];
  await runWithUs(join(folder, 'bin/python'), pip);
  await writeFile(stamp, await readFile(wanted));
}

/**
 * Installs it unless it is there already.
 * @returns {Promise<string | undefined>} why it cannot be had; undefined when it is there
 */
export async function schemathesisMissing() {
  if (await isThere()) return undefined;
  const program = await python();
  if (program === undefined) return 'no Python from 3.10 on with venv and pip';
  try {
    await underSetupLock(state, async () => {
      if (await isThere()) return; // another set-up has brought it meanwhile
      await withProgress('installing Schemathesis (Python packages, about 40 MB)', () => install(program));
    });
    return undefined;
  } catch (error) {
    return `Schemathesis cannot be installed: ${lastWords(error)}`;
  }
}
