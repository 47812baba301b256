/** Finds or brings promtool, which checks and tests alert rules; nothing needs it at run time. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastWords, withProgress } from './say.mjs';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../../.atlas/promtool');

/** @returns {Promise<string | undefined>} the program, ours or the machine's */
export async function findPromtool() {
  for (const program of [join(folder, 'usr/bin/promtool'), 'promtool']) {
    if (
      await run(program, ['--version']).then(
        () => true,
        () => false,
      )
    )
      return program;
  }
  return undefined;
}

/** For a run at home: it is not fetched for a stage of a second. */
export const promtoolNotThere = async () =>
  (await findPromtool()) === undefined ? 'no promtool; `npm run alerts` brings it' : undefined;

/** Debian's package is unpacked, not installed: no server is started. */
async function unpack() {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run('apt-get', ['-qq', 'download', 'prometheus'], { cwd: folder });
  const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  await run('dpkg', ['-x', join(folder, file), folder]);
  await rm(join(folder, file));
}

/** Brings it unless it is there. @returns {Promise<string | undefined>} why it cannot be had */
export async function promtoolMissing() {
  if ((await findPromtool()) !== undefined) return undefined;
  if (!existsSync('/usr/bin/apt-get')) return 'no promtool on the PATH';
  try {
    await withProgress("fetching promtool (Debian's package prometheus, about 20 MB), once", unpack);
    return undefined;
  } catch (error) {
    return `no promtool on the PATH, and Debian's package cannot be had: ${lastWords(error)}`;
  }
}
