/** `npm run simulate`: old failures first, then new lives; a failing one is made small, saved and shown. */
import { availableParallelism, cpus } from 'node:os';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bury, graves } from './graveyard.ts';
import { parseSimulate, type SimulateOptions } from './options.ts';
import { PLANTED } from './plants.ts';
import { Pool } from './pool.ts';
import { NOTHING, sum, type Totals } from './totals.ts';
import type { Found } from './worker.ts';

/** Schedules of one task: few enough for even workers, many enough to be worth a message. */
const TASK = 50;
/** A planted bug must be found within so many. */
const PLANTED_WITHIN = 10_000;
const SAY_EVERY_MS = 5_000;
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

async function explore(
  pool: Pool,
  { schedules, seed }: SimulateOptions,
): Promise<{ totals: Totals; failed: number }> {
  let totals = NOTHING;
  let failed = 0;
  const startedAt = performance.now();
  const progress = (): void => {
    const rate = Math.round((totals.schedules / (performance.now() - startedAt)) * 1_000);
    say(
      `${totals.schedules} of ${schedules} lives, ${rate}/s, ${totals.roots} roots, ${totals.commits} commits`,
    );
  };
  const timer = setInterval(progress, SAY_EVERY_MS);
  const tasks: Promise<void>[] = [];
  for (let from = seed; from < seed + schedules; from += TASK) {
    const count = Math.min(TASK, seed + schedules - from);
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
  clearInterval(timer);
  progress();
  return { totals, failed };
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

async function report(path: string, content: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version };
  await writeFile(path, `${JSON.stringify({ ...content, machine }, null, 2)}\n`);
}

async function main(): Promise<number> {
  const options = parseSimulate(process.argv.slice(2));
  if (typeof options === 'number') return options;
  const pool = new Pool(options.workers);
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1_000);
  try {
    if (options.planted) {
      const planted = await findPlanted(pool, options.seed);
      if (options.report) await report(options.report, { planted, seed: options.seed, seconds: seconds() });
      return Object.values(planted).includes(null) ? 1 : 0;
    }
    const clean = await replay(pool);
    const { totals, failed } = await explore(pool, options);
    const verdict = clean && failed === 0 ? 'pass' : 'fail';
    if (options.report) {
      const { seed, workers } = options;
      await report(options.report, { verdict, failed, totals, seed, workers, seconds: seconds() });
    }
    return verdict === 'pass' ? 0 : 1;
  } finally {
    await pool.close();
  }
}

process.exitCode = await main();
