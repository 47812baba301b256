import type { MinuteHistory } from './minute-history.ts';

export const DAY_MIN = 1_440;

/** One opinion on the rate some minutes ahead. Pure: all it knows is the history. */
export interface Expert {
  readonly name: string;
  /** Share of trust that it starts with, and that no run of bad luck takes away for good; relative to the others. */
  readonly prior: number;
  /**
   * @param now the history's newest minute
   * @param horizonMin minutes ahead, ≥ 1
   * @returns rate per second, ≥ 0; undefined when it knows too little
   */
  readonly predict: (history: MinuteHistory, now: number, horizonMin: number) => number | undefined;
}

/** Mean of the `width` minutes round one, at most up to the newest. */
export const centred = (history: MinuteHistory, minute: number, width: number): number | undefined =>
  history.mean(minute - (width >> 1), minute + (width >> 1) + 1);
