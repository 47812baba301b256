import { MINUTE_MS } from '@atlas/brain-collector';
import type { Observation, Outlook } from '@atlas/brain-decision';
import type { Forecast } from '@atlas/brain-forecast';
import type { Thought } from './thought.ts';

/** The limit of a lower rate says nothing of others, requests per second. */
const LEAST_RPS = 1;

/**
 * What is to come, as rates and as the high limits of their bands. What is not forecast, before anything can be and until
 * there are minutes after a gap, goes on as it is; a forecast of a minute that is over counts for nothing.
 */
export function outlookOf(
  forecasts: readonly Forecast[],
  { rps, atMs }: Pick<Observation, 'rps' | 'atMs'>,
): Pick<Thought, 'outlook' | 'high'> {
  const ahead = forecasts.filter(({ minute }) => minute * MINUTE_MS > atMs);
  const outlook = (of: (forecast: Forecast) => number): Outlook => {
    const at = (minutes: number): number => {
      const found = ahead.find(({ horizonMin }) => horizonMin === minutes);
      return found ? of(found) : rps;
    };
    return { in5Rps: at(5), in15Rps: at(15), in60Rps: at(60) };
  };
  return { outlook: outlook((forecast) => forecast.rps), high: outlook(({ band80 }) => band80.high) };
}

/** The high limits for another outlook: what differs takes its limit along, as many times the rate as it was. */
export function highOf(outlook: Outlook, from: Pick<Thought, 'outlook' | 'high'>): Outlook {
  const at = (ahead: keyof Outlook): number => {
    const [rps, before, high] = [outlook[ahead], from.outlook[ahead], from.high[ahead]];
    if (rps === before) return high;
    return before < LEAST_RPS ? Math.max(high, rps) : (rps / before) * high;
  };
  return { in5Rps: at('in5Rps'), in15Rps: at('in15Rps'), in60Rps: at('in60Rps') };
}
