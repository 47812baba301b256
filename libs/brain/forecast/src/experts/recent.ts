/** Experts that look at the last minutes only. */
import type { Expert } from '../expert.ts';

/** As many minutes without a value as persistence looks back over. */
const LAST_KNOWN_MIN = 5;

/** It stays as it is now. */
export const persistence: Expert = {
  name: 'persistence',
  prior: 10,
  predict: (history, now) => history.at(now) ?? history.recent(LAST_KNOWN_MIN),
};

/** It stays at the mean of the last minutes. */
export const meanOf = (minutes: number): Expert => ({
  name: `mean ${minutes}`,
  prior: 2,
  predict: (history) => history.recent(minutes),
});

/** A trend is followed this far at most: e-fold up or down. */
const MOST_GROWTH = 1;
/** Trends flatten: half of the growth that they promise comes true. */
const DAMPING = 0.5;

/** It goes on growing or falling as between the last two spans of `minutes`, damped. */
export const trendOver = (minutes: number): Expert => ({
  name: `trend ${minutes}`,
  prior: 1,
  predict: (history, now, horizonMin) => {
    const level = history.recent(minutes);
    const before = history.mean(now + 1 - 2 * minutes, now + 1 - minutes);
    if (!level || !before) return level;
    const growth = (Math.log(level / before) / minutes) * DAMPING * (horizonMin + minutes / 2);
    return level * Math.exp(Math.max(-MOST_GROWTH, Math.min(MOST_GROWTH, growth)));
  },
});
