/**
 * The report of `npm run simulate`: what all lives came to, written after each round, so that a stop costs one round at
 * most, and a later run goes on from there.
 */
import { machineFacts, writeReport } from '@atlas/stack';
import { readFile } from 'node:fs/promises';
import { NOTHING, type Totals } from './totals.ts';

/** Lives that were run in one go, at one commit. */
export interface Part {
  /** "+": with changes; null: no git. */
  readonly commit: string | null;
  readonly from: number;
  readonly schedules: number;
  readonly seconds: number;
}

export interface LongRun {
  readonly verdict: 'pass' | 'fail';
  readonly failed: number;
  readonly totals: Totals;
  /** Of the first life; the others follow. */
  readonly seed: number;
  /** What all of them ran: `lifeCode()`. */
  readonly code: string;
  readonly parts: readonly Part[];
}

export const nothingRun = ({ seed, code }: Pick<LongRun, 'seed' | 'code'>): LongRun => ({
  ...{ verdict: 'pass', failed: 0, totals: NOTHING, seed, code, parts: [] },
});

/** As `writeReport`, with the machine's facts. */
export const write = (path: string | null, content: object): Promise<void> =>
  writeReport(path, { ...content, machine: machineFacts() });

/** What was run before; an empty run when there is no such file. @throws Error when it is of another seed or code */
export async function readRun(path: string, now: Pick<LongRun, 'seed' | 'code'>): Promise<LongRun> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return nothingRun(now);
  const { machine: _, ...run } = JSON.parse(text) as LongRun & { readonly machine: unknown };
  if (run.seed !== now.seed)
    throw new Error(`${path} holds lives from seed ${run.seed} on: say --seed ${run.seed}, or another file`);
  if (run.code !== now.code)
    throw new Error(
      `${path} holds lives of other code, which do not count: say another file, or no --resume`,
    );
  return run;
}

/** The run with one more round; rounds at one commit in one go are one part. */
export function joined(run: LongRun, { part, totals, failed }: Round): LongRun {
  const last = run.parts.at(-1);
  const goesOn = last?.commit === part.commit && last.from + last.schedules === part.from;
  const parts = goesOn
    ? run.parts.with(-1, {
        ...last,
        schedules: last.schedules + part.schedules,
        seconds: last.seconds + part.seconds,
      })
    : [...run.parts, part];
  const all = run.failed + failed;
  return { ...run, verdict: all === 0 ? run.verdict : 'fail', failed: all, totals, parts };
}

export interface Round {
  readonly part: Part;
  /** Of all rounds so far. */
  readonly totals: Totals;
  readonly failed: number;
}
