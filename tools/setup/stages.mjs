/**
 * Runs the stages of `npm test` and `npm run check` one after another, shows the time of each, and ends with one line
 * `N passed, N failed`. A stage counts as one test, or as the tests that its report file counts.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join, relative } from 'node:path';

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

/**
 * Stages that need one core each, and nothing of each other: lanes run side by side, each from its first to its last.
 * @typedef {Stage[][]} Lanes
 */

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
function endAll() {
  for (const child of running) child.kill('SIGTERM');
  process.exit(1);
}
/** The lifeline is this process's own: stages are ended by it, and do not inherit a descriptor that they do not have. */
const lifeline = process.env.ATLAS_LIFELINE_FD;
delete process.env.ATLAS_LIFELINE_FD;
if (lifeline !== undefined) {
  const pipe = new Socket({ fd: Number(lifeline), readable: true, writable: false });
  for (const end of ['end', 'error']) pipe.on(end, endAll);
  pipe.resume();
  pipe.unref();
}

/** What it says is shown as it says it, or, with a title for `later`, once it has ended. @returns {Promise<number>} exit code */
const execute = ({ command: [program, ...args], env }, later) =>
  new Promise((resolve) => {
    const output = later ? 'pipe' : 'inherit';
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...env },
    });
    running.add(child);
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk));
    const over = (code) => {
      if (!running.delete(child)) return;
      if (later) process.stdout.write(`${later}\n${Buffer.concat(said).toString()}`);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      over(1);
    });
    child.once('close', (code, signal) => over(signal ? 1 : (code ?? 1)));
  });

/** The failed tests of a Vitest report and the first line of each one's error; a log is often read from its end. */
const failuresOf = ({ testResults }) =>
  testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    const file = relative(root, name);
    if (failed.length === 0 && message) return [`${file}: ${message.split('\n')[0]}`];
    return failed.map(
      (test) => `${file}: ${test.fullName}: ${test.failureMessages[0]?.split('\n')[0] ?? ''}`,
    );
  });

/** Undefined when there is none, or half of one, as on a full disk. */
async function reportOf(stage) {
  try {
    return JSON.parse(await readFile(join(reports, `${stage.report}.json`), 'utf8'));
  } catch {
    return undefined;
  }
}

async function countsOf(stage, code) {
  if (!stage.report) return code === 0 ? [1, 0, []] : [0, 1, []];
  const report = await reportOf(stage);
  if (report === undefined) return [0, 1, ['it has left no report that can be read']];
  const { numPassedTests: passed, numFailedTests: failed, numFailedTestSuites: suites } = report;
  return [passed, code !== 0 && failed === 0 ? Math.max(1, suites) : failed, failuresOf(report)];
}

/**
 * @param {Stage} stage
 * @param {boolean} later whether its output is kept until its end
 * @returns {Promise<{ name: string, result: string, seconds: string, passed: number, failed: number, failures: string[] }>}
 */
async function runStage(stage, later) {
  const { name } = stage;
  const lacking = await stage.missing?.();
  if (lacking) {
    const failed = process.env.CI && !stage.optionalInCi ? 1 : 0;
    return { name, result: `not run: ${lacking}`, seconds: '', passed: 0, failed, failures: [] };
  }
  const title = `\n── ${name} ${'─'.repeat(Math.max(3, 70 - name.length))}`;
  if (!later) console.log(title);
  const started = performance.now();
  const code = await execute(stage, later && title);
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const [passed, failed, failures] = await countsOf(stage, code);
  const result = failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} FAILED`;
  return { name, result, seconds, passed, failed, failures };
}

/** @param {Stage[]} lane */
async function runLane(lane, later) {
  const done = [];
  for (const stage of lane) done.push(await runStage(stage, later));
  return done;
}

/**
 * @param {(Stage | Lanes)[]} stages
 * @returns {Promise<number>} exit code
 */
export async function runStages(stages) {
  process.once('SIGTERM', endAll); // Ctrl-C reaches the stages, too; this comes to us alone
  await rm(reports, { recursive: true, force: true });
  await mkdir(reports, { recursive: true });
  const done = [];
  for (const item of stages) {
    if (!Array.isArray(item)) done.push(await runStage(item, false));
    else done.push(...(await Promise.all(item.map((lane) => runLane(lane, true)))).flat());
  }
  const sum = (key) => done.reduce((total, stage) => total + stage[key], 0);
  const [passed, failed] = [sum('passed'), sum('failed')];
  const width = Math.max(...done.map(({ name }) => name.length));
  console.log('\nstages');
  for (const { name, result, seconds } of done)
    console.log(`  ${name.padEnd(width)}  ${seconds.padStart(8)}  ${result}`);
  const failures = done.flatMap((stage) => stage.failures.map((line) => `  ${stage.name}: ${line}`));
  if (failures.length > 0) console.log(`\nfailed tests\n${failures.join('\n')}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
