/** Experts that know the shape of a day. */
import { centred, DAY_MIN, type Expert } from '../expert.ts';
import type { MinuteHistory } from '../minute-history.ts';

/** Now as yesterday: the level of the last five minutes, going the way that yesterday went. */
export const shape: Expert = {
  name: 'shape',
  prior: 2,
  predict: (history, now, horizonMin) => {
    const level = history.recent(5);
    const then = centred(history, now + horizonMin - DAY_MIN, 15);
    const before = centred(history, now - DAY_MIN, 15);
    if (level === undefined || then === undefined || !before) return level;
    return (level * then) / before;
  },
};

/** No curve makes the rate rise or fall by more. */
const MOST_CHANGE = 4;

const bounded = (change: number): number => Math.min(MOST_CHANGE, Math.max(1 / MOST_CHANGE, change));

/**
 * `shape` for a mixture, where the least of trust is too much for a change by a thousand times: that is what it sees
 * where the shop hardly answered for some minutes yesterday.
 */
export const boundedShape: Expert = {
  ...shape,
  predict: (history, now, horizonMin) => {
    const [level, rate] = [history.recent(5), shape.predict(history, now, horizonMin)];
    return level && rate !== undefined ? level * bounded(rate / level) : rate;
  },
};

/** Yesterday at that time; of a burst that did not come the day before, too, no more than a curve makes of the rate. */
export const yesterday: Expert = {
  name: 'yesterday',
  prior: 1,
  predict: (history, now, horizonMin) => {
    const [level, target] = [history.recent(5), now + horizonMin];
    const [then, before] = [1, 2].map((days) => centred(history, target - days * DAY_MIN, 15));
    if (!level || then === undefined) return then;
    return Math.min(then, Math.max(MOST_CHANGE * level, before ?? 0));
  },
};

export interface ShapeOptions {
  /** The level is the mean of that many last minutes. */
  readonly levelMin: number;
  /** The day's curve is smoothed over that many minutes. */
  readonly widthMin: number;
  /** Days that the curve is the mean of, 1–7. */
  readonly days: number;
  /** How far to trust the curve, 0–1: 0.5 goes half of the way, in proportion. */
  readonly trust?: number;
}

/** Mean over several days of the mean over the same span of each; undefined when no day has any. */
function overDays(history: MinuteHistory, from: number, to: number, days: number): number | undefined {
  let sum = 0;
  let known = 0;
  for (let day = 1; day <= days; day += 1) {
    const mean = history.mean(from - day * DAY_MIN, to - day * DAY_MIN);
    if (mean === undefined) continue;
    sum += mean;
    known += 1;
  }
  return known === 0 ? undefined : sum / known;
}

/** The present level, going the way that the mean of the last days went. */
export function meanShape({ levelMin, widthMin, days, trust = 1 }: ShapeOptions): Expert {
  const half = widthMin >> 1;
  return {
    name: `shape of ${days} d, ${levelMin}/${widthMin} min${trust === 1 ? '' : `, ${trust}`}`,
    prior: 0.75,
    predict: (history, now, horizonMin) => {
      const level = history.recent(levelMin);
      const target = now + horizonMin;
      const then = overDays(history, target - half, target + half + 1, days);
      const before = overDays(history, now + 1 - levelMin - half, now + 1 + half, days);
      if (level === undefined || then === undefined || !before) return level;
      return level * bounded(then / before) ** trust;
    },
  };
}

/** The present level, going the way that the same day of last week went. */
export const lastWeek: Expert = {
  name: 'last week',
  prior: 1,
  predict: (history, now, horizonMin) => {
    const level = history.recent(20);
    const then = centred(history, now + horizonMin - 7 * DAY_MIN, 31);
    const before = history.mean(now - 35 - 7 * DAY_MIN, now + 15 - 7 * DAY_MIN);
    if (level === undefined || then === undefined || !before) return level;
    return level * bounded(then / before);
  },
};
