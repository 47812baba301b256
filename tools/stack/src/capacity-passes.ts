/** Passes that are over, kept in a file, so that a stop costs one pass at most, and a later call goes on from there. */
import { isDeepStrictEqual } from 'node:util';
import type { Pass } from './capacity-plan.ts';
import { UsageError } from './options.ts';
import type { Report } from './report-schema.ts';
import { readReport, writeReport } from './report.ts';

/** Passes of one scene only count together. */
export interface Scene {
  /** Of the code that is measured. */
  readonly build: string;
  /** Cores that each host may take; absent: no limit. */
  readonly hostCpu?: number;
  readonly machine: Report['machine'];
}

export interface Passes<Shape extends string> {
  readonly passes: readonly Pass<Shape>[];
  /** The best closed-loop rate of each shape, by which the next pass is loaded; requests per second. */
  readonly rates: Readonly<Record<Shape, number>>;
}

interface Kept<Shape extends string> extends Passes<Shape> {
  readonly scene: Scene;
}

export const keepPasses = <Shape extends string>(file: string, kept: Kept<Shape>): Promise<void> =>
  writeReport(file, kept);

/** What an earlier call has found; undefined when nothing is kept. @throws UsageError when it is no pass, or of another scene */
export async function keptPasses<Shape extends string>(
  file: string,
  scene: Scene,
): Promise<Passes<Shape> | undefined> {
  // What a rate that was not asked for came to is infinite, for which JSON has null.
  const kept = await readReport(file, (_, value) => value ?? Infinity);
  if (kept === undefined) return undefined;
  const { scene: its, ...found } = kept as Kept<Shape>;
  if (!isDeepStrictEqual(its, scene))
    throw new UsageError(
      `${file} holds a pass of other code, of another machine or with another limit, which does not count: say no --resume`,
    );
  return found;
}
