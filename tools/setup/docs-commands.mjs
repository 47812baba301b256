/**
 * Runs the commands of README.md's `sh` blocks as written, top to bottom, in a state folder of their own.
 * `npm start` runs in the background; as soon as its shop answers, the commands after it run against it, as people do;
 * at the end it gets Ctrl-C and must end of it (npm itself then reports 130). `git clone` and `npm test` (which runs this) are left out.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './stages.mjs';

const ANSWERS = /answering at/i;
const START_LIMIT_MS = 15 * 60_000;
const COMMAND_LIMIT_MS = 5 * 60_000;
const SKIPPED = /^(git clone|cd |npm test|npm run soak)/;

const home = await mkdtemp(join(tmpdir(), 'atlas-docs-'));
const env = { ...process.env, ATLAS_HOME: home };

/** The commands, in order, comments and prompts removed. */
async function commands() {
  const text = await readFile(join(root, 'README.md'), 'utf8');
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block]) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line && !line.startsWith('#') && !SKIPPED.test(line));
}

/** Those that have not ended. */
const running = new Set();
function shell(command, stdio) {
  const child = spawn(command, { shell: true, cwd: root, env, stdio, detached: true });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}
const ended = (child) =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));

/** Runs a command to its end. @returns whether it ended with 0 in time */
async function runToEnd(command) {
  const child = shell(command, ['ignore', 'inherit', 'inherit']);
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), COMMAND_LIMIT_MS);
  const code = await ended(child);
  clearTimeout(timer);
  return code === 0;
}

/** Starts the system in the background. Resolves when its shop answers, or with undefined when it ended or took too long. */
function startSystem(command) {
  const child = shell(command, ['ignore', 'pipe', 'inherit']);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ child, up: false }), START_LIMIT_MS);
    let seen = '';
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      seen = (seen + chunk).slice(-2_000);
      if (!ANSWERS.test(seen)) return;
      clearTimeout(timer);
      resolve({ child, up: true });
    });
    child.once('exit', () => {
      clearTimeout(timer);
      resolve({ child, up: false });
    });
  });
}

/** In groups of their own they get no Ctrl-C: it is handed on, and their folder goes when they have ended. */
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    if (!interrupted) for (const child of running) process.kill(-child.pid, 'SIGINT');
    interrupted = true;
  });

let system;
const failed = [];
for (const command of await commands()) {
  if (interrupted) break;
  console.log(`\n$ ${command}`);
  if (/^npm start\b/.test(command) && !/--(once|help|reset)/.test(command)) {
    system = await startSystem(command);
    if (!system.up) failed.push(command);
  } else if (!(await runToEnd(command))) failed.push(command);
}
if (system && running.has(system.child)) {
  const over = ended(system.child);
  if (!interrupted) process.kill(-system.child.pid, 'SIGINT');
  const hard = setTimeout(() => process.kill(-system.child.pid, 'SIGKILL'), 30_000);
  const code = await over;
  clearTimeout(hard);
  if (![0, 130, 'SIGINT'].includes(code)) failed.push(`Ctrl-C on npm start: ended with ${code}`);
}
await rm(home, { recursive: true, force: true });
if (!interrupted) for (const command of failed) console.error(`failed: ${command}`);
process.exitCode = interrupted ? 130 : failed.length === 0 ? 0 : 1;
