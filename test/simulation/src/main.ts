/** `npm run simulate`: old failures first, then new lives; a failing one is made small, saved and shown. */
import { repositoryRoot } from '@atlas/platform-stack';
import { assertWritable, commitOf } from '@atlas/stack';
import { bury, graves } from './graveyard.ts';
import { lifeCode } from './life-code.ts';
import { parseSimulate, type SimulateOptions } from './options.ts';
import { PLANTED } from './plants.ts';
import { Pool } from './pool.ts';
import { nothingRun, joined, readRun, write, type LongRun, type Round } from './long-run.ts';
import { sum, type Totals } from './totals.ts';
import type { Found } from './worker.ts';

/** Lives between two reports, and two lines of progress. */
const ROUND = 500;
/** Schedules of one task: few enough for even workers, many enough to be worth a message. */
const TASK = 25;
/** A planted bug must be found within so many. */
const PLANTED_WITHIN = 10_000;
/** After so many failures the rest is not worth the wait. */
const FAILURES_AT_MOST = 5;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** @returns whether all old failures stay away. */
async function replay(pool: Pool): Promise<boolean> {
  const all = await graves();
  let clean = true;
  for (const { name, grave } of all) {
    const { found } = await pool.perform({ schedules: [grave.schedule], planted: null });
    for (const { violation } of found) {
      clean = false;
      say(`  ${name} is back: ${violation.invariant} at ${violation.at} ms: ${violation.detail}`);
    }
  }
  say(`replayed ${all.length} old failures: ${clean ? 'none is back' : 'see above'}`);
  return clean;
}

async function show({ violation, schedule, smallest }: Found): Promise<void> {
  const name = await bury({ found: violation, story: '', schedule: smallest });
  const { invariant, detail, at } = violation;
  say(`  seed ${schedule.seed} breaks ${invariant} at ${at} ms: ${detail}`);
  say(`  made small: test/simulation/graveyard/${name}`);
}

/** Of so many lives some hundred have a trial that is failed. */
const JUDGED_FROM = 1_000;

interface Lives {
  readonly from: number;
  readonly count: number;
}

/** One round of lives. */
async function explore(
  pool: Pool,
  { from: first, count: lives }: Lives,
  before: Totals,
): Promise<Omit<Round, 'part'>> {
  let totals = before;
  let failed = 0;
  const tasks: Promise<void>[] = [];
  for (let from = first; from < first + lives; from += TASK) {
    const count = Math.min(TASK, first + lives - from);
    tasks.push(
      (async () => {
        if (failed >= FAILURES_AT_MOST) return;
        const done = await pool.perform({ schedules: { from, count }, planted: null });
        totals = sum(totals, done.totals);
        failed += done.found.length;
        for (const found of done.found) await show(found);
      })(),
    );
  }
  await Promise.all(tasks);
  return { totals, failed };
}

function progressOf(
  { schedules: done, roots, commits, reverts }: Totals,
  all: number,
  perMs: number,
): string {
  const minutes = Math.ceil((all - done) / perMs / 60_000);
  const left = done < all ? `, ${minutes} min left` : '';
  return `${done} of ${all} lives, ${Math.round(perMs * 1_000)}/s${left}; ${roots} roots, ${commits} commits, ${reverts} reverts`;
}

/** Round by round; after each the report says how far it came. */
async function exploreAll(pool: Pool, options: SimulateOptions, clean: boolean): Promise<LongRun> {
  const { schedules, seed, report, resume } = options;
  const commit = await commitOf(repositoryRoot());
  const now = { seed, code: await lifeCode() };
  let run = resume && report ? await readRun(report, now) : nothingRun(now);
  if (!clean) run = { ...run, verdict: 'fail' };
  const before = run.totals.schedules;
  if (before > 0) say(`${before} lives are on record in ${report}: going on from there`);
  const startedAt = performance.now();
  while (run.totals.schedules < schedules && run.failed < FAILURES_AT_MOST) {
    const done = run.totals.schedules;
    const lives = { from: seed + done, count: Math.min(ROUND, schedules - done) };
    const roundAt = performance.now();
    const round = await explore(pool, lives, run.totals);
    const seconds = Math.round((performance.now() - roundAt) / 1_000);
    run = joined(run, {
      ...round,
      part: { commit, from: lives.from, schedules: lives.count, seconds },
    });
    if (report) await write(report, run);
    const perMs = (run.totals.schedules - before) / (performance.now() - startedAt);
    say(progressOf(run.totals, schedules, perMs));
  }
  const { least, reverts } = run.totals;
  if (reverts === 0 && run.totals.schedules >= JUDGED_FROM) {
    run = { ...run, verdict: 'fail' };
    say(`no broken service was taken back in ${run.totals.schedules} lives: trials judge nothing`);
    if (report) await write(report, run);
  }
  if (least)
    say(
      `each had at least ${least.switches} switches, ${least.roots} roots and ${least.faults} faults; ${run.verdict}`,
    );
  return run;
}

/** @returns how many lives each planted bug took; null: not found. */
async function findPlanted(pool: Pool, seed: number): Promise<Record<string, number | null>> {
  const took = await Promise.all(
    PLANTED.map(async ({ invariant, bug }) => {
      const schedules = { from: seed, count: PLANTED_WITHIN };
      const { found } = await pool.perform({ schedules, planted: invariant });
      const [first] = found;
      say(
        `${invariant}  ${bug}: ${first ? `found in life ${first.after}` : `NOT FOUND in ${PLANTED_WITHIN}`}`,
      );
      if (first) say(`    ${first.violation.detail}`);
      return [invariant, first?.after ?? null] as const;
    }),
  );
  return Object.fromEntries(took);
}

async function main(): Promise<number> {
  const options = parseSimulate(process.argv.slice(2));
  if (typeof options === 'number') return options;
  await assertWritable(options.report ?? null);
  const pool = new Pool(options.workers);
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1_000);
  try {
    if (options.planted) {
      const planted = await findPlanted(pool, options.seed);
      if (options.report) await write(options.report, { planted, seed: options.seed, seconds: seconds() });
      return Object.values(planted).includes(null) ? 1 : 0;
    }
    const clean = await replay(pool);
    const { verdict } = await exploreAll(pool, options, clean);
    return verdict === 'pass' ? 0 : 1;
  } finally {
    await pool.close();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
