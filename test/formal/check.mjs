/** `npm run formal`: lets SPIN try the model of the switch protocol, in bounded runs, and find two planted bugs. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const MODEL = join(import.meta.dirname, 'switch.pml');
/** A run that is not over by then has grown too large. */
const LONGEST_MS = 300_000;

const SAFETY = { build: ['-DSAFETY', '-DHC4'], args: [] };
const LIVENESS = { build: ['-DNFAIR=4'], args: ['-a', '-f'] };
const only = (...set) => [
  ...['ROOTS=1', 'CRASHES=0', 'LAPSES=0', 'DROPS=0', 'OVERTAKINGS=0'].filter(
    (bound) => !set.some((other) => other.split('=')[0] === bound.split('=')[0]),
  ),
  ...set,
];

/** What each run lets happen; everything else stays away, so that all orders can be tried. */
const RUNS = [
  {
    name: 'safety: a leader is overtaken, a lease lapses',
    ...SAFETY,
    bounds: only('OVERTAKINGS=1', 'LAPSES=1', 'WANTED=1'),
  },
  { name: 'safety: two switches, a bundle crashes and comes back', ...SAFETY, bounds: only('CRASHES=1') },
  {
    name: 'liveness: a leader is overtaken, a commit is lost',
    ...LIVENESS,
    bounds: only('ROOTS=0', 'OVERTAKINGS=1', 'DROPS=1', 'WANTED=1', 'LIVENESS'),
  },
  {
    name: 'liveness: a bundle crashes and comes back',
    ...LIVENESS,
    bounds: only('CRASHES=1', 'WANTED=1', 'LIVENESS'),
  },
  {
    name: 'planted: an abort does not look for its commit',
    ...SAFETY,
    bounds: only('BUG_BLIND_ABORT'),
    bug: 'E4',
  },
  {
    name: 'planted: a bundle says too early that it admits no more',
    ...SAFETY,
    bounds: only('BUG_EARLY_CLOSE'),
    bug: 'E2',
  },
];
/** With `--all`: half a minute more. */
const LONG = [
  { name: 'safety: two switches, a leader is overtaken', ...SAFETY, bounds: only('OVERTAKINGS=1') },
];

const args = process.argv.slice(2);
if (args.some((word) => word !== '--all')) {
  const help = args.length === 1 && args[0] === '--help';
  console[help ? 'log' : 'error']('Usage: npm run formal [-- --all]   (--all: with the longest run, too)');
  process.exit(help ? 0 : 2);
}

/** Fires at an interruption: checkers would go on for minutes, and their folders stay. */
const over = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => over.abort());

/** Runs a program; it has ended when this has, also when it was interrupted. */
async function run(program, args, options) {
  const running = execute(program, args, { ...options, signal: over.signal });
  const { child } = running;
  const ended = child.pid === undefined || new Promise((resolve) => child.once('exit', resolve));
  try {
    return await running;
  } finally {
    await ended;
  }
}

/** @returns {Promise<string>} what SPIN's checker says */
async function check({ bounds, build, args }) {
  const cwd = await mkdtemp(join(tmpdir(), 'atlas-formal-'));
  try {
    await run('spin', [...bounds.map((bound) => `-D${bound}`), '-a', MODEL], { cwd });
    await run('gcc', ['-w', '-O1', '-DVECTORSZ=1024', ...build, '-o', 'pan', 'pan.c'], { cwd });
    const { stdout } = await run(join(cwd, 'pan'), ['-m500000', ...args], {
      ...{ cwd, timeout: LONGEST_MS, maxBuffer: 1e8 },
    });
    return stdout;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** Says what came of a run. @returns {Promise<boolean>} whether it is what must come of it */
async function judged(job) {
  const startedAt = performance.now();
  const said = await check(job).catch((error) => `errors: ? ${error.message}`);
  if (over.signal.aborted) return false;
  const [, errors = '?'] = /errors: (\S+)/.exec(said) ?? [];
  const [, states = '?'] = /(\S+) states, stored/.exec(said) ?? [];
  const whole = !/search not completed|max search depth/.test(said);
  const found = /assertion violated \(?(.*?)\)? \(at depth/.exec(said)?.[1];
  const good = job.bug ? errors === '1' && found !== undefined : errors === '0' && whole;
  const failure = job.bug ? 'NOT FOUND' : `FAILS: ${said.slice(0, 400)}`;
  const outcome = good ? (job.bug ? `found (${job.bug})` : 'holds') : failure;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${job.name}: ${outcome}, ${states} states, ${seconds} s`);
  return good;
}

/** One run needs one core, and up to half a gigabyte. */
const waiting = args.length > 0 ? [...RUNS, ...LONG] : [...RUNS];
const results = [];
const worker = async () => {
  for (let job = waiting.shift(); job && !over.signal.aborted; job = waiting.shift())
    results.push(await judged(job));
};
await Promise.all([worker(), worker()]);
if (over.signal.aborted) process.exitCode = 130;
else process.exitCode = results.every(Boolean) ? 0 : 1;
