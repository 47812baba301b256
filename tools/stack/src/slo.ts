/** How a run kept to its intent, second by second, from the load driver's log. Pure. */
import { MOST_ERRORS, p99Of, type Timed } from './capacity-plan.ts';

export interface SloSecond {
  readonly requests: number;
  readonly failed: number;
  /** Of the requests that were due in it; null: there were none. */
  readonly p99Ms: number | null;
  /** p99 above the intent, or more than 0.5 % errors. */
  readonly violated: boolean;
}

export interface SloWindow {
  /** ms since 1970. */
  readonly beganAt: number;
  readonly seconds: number;
  readonly intentMs: number;
}

/** One entry for each second of the load. Requests that came late count in the second in which they were due. */
export function sloSeconds(rows: Iterable<Timed>, { beganAt, seconds, intentMs }: SloWindow): SloSecond[] {
  const bins: Timed[][] = Array.from({ length: Math.ceil(seconds) }, () => []);
  for (const row of rows) {
    if (row.phase === 'load') bins[Math.floor((row.scheduled - beganAt) / 1_000)]?.push(row);
  }
  return bins.map((own) => {
    const failed = own.filter((row) => row.failed).length;
    const p99 = p99Of(own);
    const violated = (p99 ?? 0) > intentMs || failed > MOST_ERRORS * own.length;
    return { requests: own.length, failed, p99Ms: p99 ?? null, violated };
  });
}

export const violationS = (seconds: readonly SloSecond[]): number =>
  seconds.filter(({ violated }) => violated).length;
