/**
 * Good switches: a random walk over all placements; each is seen through to the end of its trial, and the next begins as
 * soon as the layout has been in force for a moment after that.
 */
import { placementName, walk } from '@atlas/stack';
import type { Ground, Tried } from './ground.ts';

export interface GoodRun {
  readonly modules: readonly string[];
  /** To make, and those that earlier runs have made. */
  readonly switches: number;
  readonly made: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Whether another may begin. */
  readonly mayGoOn: () => boolean;
  readonly onTried: (tried: Tried, line: string) => Promise<void>;
}

/** How long the layout is in force after its trial: what becomes the next trial's past, with that of the last six minutes, ms. */
const PAST_MS = 1_500;

const lineOf = ({ view, looks }: Tried): string => {
  const lasted = looks.length === 0 ? 0 : ((looks.at(-1)?.at ?? 0) - (looks[0]?.at ?? 0)) / 1_000;
  const strain = Math.max(
    0,
    ...(looks.at(-1)?.tallies ?? []).map((tally) => Math.max(tally.strain.machine, tally.strain.loop)),
  );
  const why = view.trial?.detail ?? view.abort?.detail;
  return `${placementName(view.toPlacements)}: ${view.outcome}, trial ${view.trial?.verdict ?? 'none'} after ${lasted.toFixed(1)} s, ${Math.round(strain * 100)} % busy${why ? `: ${why}` : ''}`;
};

export async function runGood(ground: Ground, run: GoodRun): Promise<void> {
  let number = run.made;
  // Another walk each time: all of them begin with all modules in the bundle.
  for (const { placements } of walk(run.modules, run.switches - run.made, run.seed + run.made)) {
    if (run.signal.aborted || !run.mayGoOn()) return;
    await ground.rest(PAST_MS, run.signal);
    const tried = await ground.through({ placements }, { signal: run.signal });
    number += 1;
    await run.onTried(tried, `${number} of ${run.switches}  ${lineOf(tried)}`);
  }
}
