/**
 * The report of `npm run mutate`: what the mutants so far came to, written after each, so that a stop costs one at most, and
 * a later run goes on from there.
 */
import { readReport, UsageError } from '@atlas/stack';
import type { Mutant } from './mutants.ts';

/** At least so many of a hundred must be noticed. */
export const GOAL = 80;

/** Which mutants of what code; only these count together. */
export interface Sample {
  /** Each so many-th. */
  readonly every: number;
  /** Of this file of the machine; null: of all. */
  readonly only: string | null;
  /** `suiteCode()` */
  readonly code: string;
}

export interface MutationRun extends Sample {
  /** Tried, in the order of their numbers. */
  readonly mutants: number;
  /** Of the sample, not tried yet. */
  readonly left: number;
  readonly killed: number;
  /** Of a hundred that were tried so many were noticed. */
  readonly score: number;
  readonly goal: number;
  /** How many mutants each test was the first to notice, the busiest first. */
  readonly killers: Readonly<Record<string, number>>;
  readonly survivors: readonly string[];
}

/** What became of one mutant. */
export interface Fate {
  readonly mutant: Mutant;
  /** The first test that noticed it; undefined: none did. */
  readonly killer: string | undefined;
}

/** @param left mutants of the sample */
export const nothingTried = (sample: Sample, left: number): MutationRun => ({
  ...sample,
  ...{ mutants: 0, left, killed: 0, score: 0, goal: GOAL, killers: {}, survivors: [] },
});

const short = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 100);
export const nameOf = ({ file, line, from, to }: Mutant): string =>
  `${file}:${line}  ${short(from)}  →  ${short(to)}`;

/** The run with one more mutant. */
export function joined(run: MutationRun, { mutant, killer }: Fate): MutationRun {
  const mutants = run.mutants + 1;
  const killed = run.killed + (killer === undefined ? 0 : 1);
  const name = killer ?? 'nobody';
  const counts = Object.entries({ ...run.killers, [name]: (run.killers[name] ?? 0) + 1 });
  return {
    ...run,
    ...{ mutants, left: run.left - 1, killed },
    score: Math.round((1_000 * killed) / mutants) / 10,
    killers: Object.fromEntries(counts.sort(([, a], [, b]) => b - a)),
    survivors: killer === undefined ? [...run.survivors, nameOf(mutant)] : run.survivors,
  };
}

/** What was tried before; `fresh` when there is no such file. @throws UsageError when it is no report, or of another sample or code */
export async function readRun(path: string, fresh: MutationRun): Promise<MutationRun> {
  const run = (await readReport(path)) as MutationRun | null | undefined;
  if (run === undefined) return fresh;
  if (run?.code !== fresh.code)
    throw new UsageError(
      `${path} holds mutants of other code, which do not count: say another file, or no --resume`,
    );
  if (run.every !== fresh.every || run.only !== fresh.only)
    throw new UsageError(
      `${path} holds another sample: say --every ${run.every}${run.only === null ? '' : ` --only ${run.only}`}, or another file`,
    );
  return run;
}
