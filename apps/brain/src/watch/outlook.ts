import { MINUTE_MS } from '@atlas/brain-collector';
import type { Observation, Outlook } from '@atlas/brain-decision';
import { saleFactor, type Forecast, type Sale } from '@atlas/brain-forecast';
import type { Thought } from './thought.ts';

/** The limit of a lower rate says nothing of others, requests per second. */
const LEAST_RPS = 1;

interface Span {
  /** Minutes since 1970, both included. */
  readonly from: number;
  readonly to: number;
}

/** How many times the rate of its last minute a span has in that of its greatest sale; 1 without one. */
function peakOf(sales: readonly Sale[], { from, to }: Span): number {
  const within = sales.filter(({ fromMin, lengthMin }) => fromMin <= to && fromMin + lengthMin > from);
  if (within.length === 0) return 1;
  const last = saleFactor(within, to);
  const factors = Array.from({ length: to - from }, (_, i) => saleFactor(within, from + i) / last);
  return Math.max(1, ...factors);
}

/**
 * What is to come, as mean rates and as the high limits of their bands, or the means where those are higher. A known sale
 * of a few minutes may begin and end between two horizons: then the later one is of its time. What is not forecast, before
 * anything can be and until there are minutes after a gap, goes on as it is; a forecast of a minute that is over counts for
 * nothing.
 */
export function outlookOf(
  forecasts: readonly Forecast[],
  { rps, atMs }: Pick<Observation, 'rps' | 'atMs'>,
  sales: readonly Sale[],
): Pick<Thought, 'outlook' | 'high'> {
  const now = Math.floor(atMs / MINUTE_MS);
  const ahead = forecasts.filter(({ minute }) => minute * MINUTE_MS > atMs);
  const peaks = ahead.map(({ minute: to }, i) =>
    peakOf(sales, { from: (ahead[i - 1]?.minute ?? now) + 1, to }),
  );
  const outlook = (of: (forecast: Forecast) => number): Outlook => {
    const at = (minutes: number): number => {
      const i = ahead.findIndex(({ horizonMin }) => horizonMin === minutes);
      const found = ahead[i];
      return found ? of(found) * (peaks[i] ?? 1) : rps;
    };
    return { in5Rps: at(5), in15Rps: at(15), in60Rps: at(60) };
  };
  return {
    outlook: outlook(({ meanRps }) => meanRps),
    high: outlook(({ band80, meanRps }) => Math.max(band80.high, meanRps)),
  };
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
