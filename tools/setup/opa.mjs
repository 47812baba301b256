/** Finds or brings OPA, which tests and compiles policies; nothing needs it at run time. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runWithUs } from './run-with-us.mjs';
import { lastWords, withProgress } from './say.mjs';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../../.atlas/opa');

/** Another version may write other bytes for the same policy. */
export const OPA_VERSION = '1.22.2';

/** @returns {Promise<string | undefined>} the program, ours or the machine's, if it is of this version */
export async function findOpa() {
  for (const program of [join(folder, 'opa'), 'opa']) {
    const { stdout } = await run(program, ['version']).catch(() => ({ stdout: '' }));
    if (stdout.startsWith(`Version: ${OPA_VERSION}\n`)) return program;
  }
  return undefined;
}

/** For a run at home: compiling OPA takes minutes, which a stage of seconds is not worth there. */
export const opaNotThere = async () =>
  (await findOpa()) === undefined ? `no OPA ${OPA_VERSION}; \`npm run policies\` brings it` : undefined;

/** Compiles it with Go unless it is there. @returns {Promise<string | undefined>} why it cannot be had */
export async function opaMissing() {
  if ((await findOpa()) !== undefined) return undefined;
  const install = () =>
    runWithUs('go', ['install', `github.com/open-policy-agent/opa@v${OPA_VERSION}`], {
      env: { ...process.env, GOBIN: folder, PATH: `${process.env.PATH}:/usr/local/go/bin` }, // where Go's archive puts it
    });
  try {
    await withProgress('compiling OPA with Go, once (2 to 6 minutes)', install);
    return undefined;
  } catch (error) {
    return `no OPA ${OPA_VERSION} on the PATH, and Go cannot bring it: ${lastWords(error)}`;
  }
}
