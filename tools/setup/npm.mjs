/** Runs npm and turns its ways of failing into one line. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { SetupError } from './say.mjs';

const NETWORK = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/;
const WRITE = /\b(EACCES|EROFS|EPERM)\b/;
const SPACE = /\bENOSPC\b/;

/** npm as it was started for this script, else the one on the PATH. @returns {[string, string[]]} */
function npmCommand(node) {
  const script = process.env.npm_execpath;
  return script && /npm-cli\.js$/.test(script) && existsSync(script) ? [node, [script]] : ['npm', []];
}

/**
 * @param {string[]} args
 * @param {{ cwd: string, node?: string, what: string }} options `node` runs npm; `what` is named in errors
 */
export async function npm(args, { cwd, node = process.execPath, what }) {
  const [program, before] = npmCommand(node);
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=2'];
  const retry = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  const { code, said, interrupted } = await run(program, [...before, ...args, ...quiet, ...retry], {
    cwd,
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
  });
  if (interrupted) throw new SetupError(`interrupted: ${what} could not be brought`);
  if (code === 0) return;
  if (NETWORK.test(said))
    throw new SetupError(`no network: ${what} could not be downloaded; try again online`);
  if (SPACE.test(said)) throw new SetupError(`the disk is full: ${what} could not be stored in ${cwd}`);
  if (WRITE.test(said)) throw new SetupError(`no permission to write in ${cwd} (needed for ${what})`);
  const lines = said.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  const told = lines.filter((line) => line && !/^code |complete log/.test(line)).slice(0, 2);
  throw new SetupError(`npm could not bring ${what}: ${told.join(' · ') || `exit code ${code}`}`);
}

/** What comes to us alone: of what a terminal sends to all, npm would take a second one for the wish to end at once. */
const OWN_SIGNALS = process.stdin.isTTY ? ['SIGTERM'] : ['SIGTERM', 'SIGINT'];

/**
 * Ctrl-C, and the end of a terminal, reach npm, too, which then undoes what it did. A signal that comes to us alone is passed
 * on, or npm would go on behind the back of the next set-up.
 * @returns {Promise<{ code: number, said: string, interrupted: boolean }>}
 */
function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let interrupted = false;
    const end = () => {
      interrupted = true;
      child.kill('SIGTERM');
    };
    for (const signal of OWN_SIGNALS) process.on(signal, end);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    child.once('error', (error) =>
      reject(
        error.code === 'ENOENT' ? new SetupError('npm is not on the PATH; install Node.js with npm') : error,
      ),
    );
    child.once('close', (code) => {
      for (const signal of OWN_SIGNALS) process.off(signal, end);
      resolve({ code: code ?? 1, said, interrupted });
    });
  });
}
