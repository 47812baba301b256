/**
 * Runs the stages of `npm test` and `npm run check` one after another, shows the time of each, and ends with one line
 * `N passed, N failed`. A stage counts as one test, or as the tests that its report file counts.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const reports = join(root, '.atlas/test');

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {string[]} command program and arguments; programs are looked up in node_modules/.bin first
 * @property {string} [report] name of the Vitest JSON report that the command writes (see `vitest`)
 * @property {Record<string, string>} [env]
 * @property {() => Promise<string | undefined> | string | undefined} [missing] what the machine lacks to run this stage; undefined when nothing
 * @property {boolean} [optionalInCi] `not run` is no failure in CI either: what it needs is not Node's to bring
 */

/** A Vitest command whose results are counted. @returns {Pick<Stage, 'command' | 'report'>} */
export const vitest = (report, ...args) => ({
  report,
  command: [
    'vitest',
    'run',
    ...args,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${join(reports, `${report}.json`)}`,
  ],
});

/** The lifeline is this process's own: stages are ended by it, and do not inherit a descriptor that they do not have. */
const lifeline = process.env.ATLAS_LIFELINE_FD;
delete process.env.ATLAS_LIFELINE_FD;
let running;
if (lifeline !== undefined) {
  const pipe = new Socket({ fd: Number(lifeline), readable: true, writable: false });
  for (const end of ['end', 'error']) {
    pipe.on(end, () => {
      running?.kill('SIGTERM');
      process.exit(1);
    });
  }
  pipe.resume();
  pipe.unref();
}

const execute = ({ command: [program, ...args], env }) =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    running = child;
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });

async function countsOf(stage, code) {
  if (!stage.report) return code === 0 ? [1, 0] : [0, 1];
  const text = await readFile(join(reports, `${stage.report}.json`), 'utf8').catch(() => undefined);
  if (text === undefined) return [0, 1];
  const { numPassedTests: passed, numFailedTests: failed, numFailedTestSuites: suites } = JSON.parse(text);
  return [passed, code !== 0 && failed === 0 ? Math.max(1, suites) : failed];
}

/**
 * @param {Stage[]} stages
 * @returns {Promise<number>} exit code
 */
export async function runStages(stages) {
  await rm(reports, { recursive: true, force: true });
  await mkdir(reports, { recursive: true });
  const inCi = Boolean(process.env.CI);
  const summary = [];
  let passed = 0;
  let failed = 0;
  for (const stage of stages) {
    const lacking = await stage.missing?.();
    if (lacking) {
      const counts = inCi && !stage.optionalInCi ? 1 : 0;
      failed += counts;
      summary.push([stage.name, `not run: ${lacking}`, '']);
      continue;
    }
    console.log(`\n── ${stage.name} ${'─'.repeat(Math.max(3, 70 - stage.name.length))}`);
    const started = performance.now();
    const code = await execute(stage);
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    const [ok, bad] = await countsOf(stage, code);
    passed += ok;
    failed += bad;
    summary.push([stage.name, bad === 0 ? `${ok} passed` : `${ok} passed, ${bad} FAILED`, seconds]);
  }
  const width = Math.max(...summary.map(([name]) => name.length));
  console.log('\nstages');
  for (const [name, result, seconds] of summary)
    console.log(`  ${name.padEnd(width)}  ${seconds.padStart(8)}  ${result}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
