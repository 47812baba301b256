import { exponential, seededRandom, type Random } from './random.ts';
import type { TraceMinute } from './trace.ts';

const SEED = 1;
/** Standard normal (Box and Muller). */
const normal = (random: Random): number =>
  Math.sqrt(2 * exponential(random)) * Math.cos(2 * Math.PI * random());

/**
 * What whoever had watched these minutes would have seen of them: as many requests as chance let come in the time that a
 * minute takes, `60 / speed` seconds. A trace's own rates are the mean of a far busier site, so smooth that whoever learns
 * from them takes the chance of the first minutes of a replay for a change of the load. The same at each call.
 */
export function seenPast(minutes: readonly TraceMinute[], speed: number): TraceMinute[] {
  const random = seededRandom(SEED, 'past');
  const seconds = 60 / speed;
  return minutes.map(({ minute, rps }) => {
    const expected = rps * seconds;
    const came = Math.max(0, Math.round(expected + Math.sqrt(expected) * normal(random)));
    return { minute, rps: came / seconds };
  });
}
