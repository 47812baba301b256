/** Stepped load: which rates are tried, and what of a request log says that one is borne. Pure. */
import type { RequestRecord } from '@atlas/load';

/** What a request must be known by here. */
export type Timed = Pick<RequestRecord, 'phase' | 'scheduled' | 'done' | 'failed'>;

/** Length of a step, s, and how much higher the next one is. */
export const STEP_S = 5;
const GROWTH = 1.07;
/** First and last step, as shares of what the shape does closed-loop. */
const [FIRST, LAST] = [0.5, 1.3];
/** Last part of a step in which a queue that grew all the time is at its longest, s. */
const END_S = 1;
/** The intent in units of the latency at half load, and the share of failures that it allows. */
const INTENT_TIMES = 4;
export const MOST_ERRORS = 0.005;

/**
 * A shape is warm when its closed-loop rate has not grown by more than this share over so many runs, or after so many runs
 * in all: code gets faster in leaps, with rests between them.
 */
const [WARM_BELOW, WARM_OVER, WARM_UPS] = [0.05, 3, 15];

/** @param rates of closed-loop runs one after another, requests per second */
export function isWarm(rates: readonly number[]): boolean {
  if (rates.length >= WARM_UPS) return true;
  const before = rates.slice(0, -WARM_OVER);
  return before.length > 0 && Math.max(...rates) <= Math.max(...before) * (1 + WARM_BELOW);
}

/** Rates to be tried, requests per second, ascending. */
export function stepsOf(closedLoopRps: number): number[] {
  const count = Math.ceil(Math.log(LAST / FIRST) / Math.log(GROWTH)) + 1;
  return Array.from({ length: count }, (_, i) => Math.round(closedLoopRps * FIRST * GROWTH ** i * 10) / 10);
}

/** The trace that a load driver replays, a row a step. */
export const traceOf = (steps: readonly number[]): string =>
  [
    'timestamp_utc,rps',
    ...steps.map((rps, i) => `${new Date(i * 60_000).toISOString().replace('.000', '')},${rps}`),
    '',
  ].join('\n');

/** The value that `share` of all do not exceed, 0–1; undefined of none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

const latency = ({ scheduled, done }: Timed): number => done - scheduled;

export const p99Of = (rows: readonly Timed[]): number | undefined => quantile(rows.map(latency), 0.99);

/** @param rows of tight at half of its closed-loop rate. @throws Error when nothing was answered. */
export function intentOf(rows: readonly Timed[]): number {
  const p99 = p99Of(rows.filter(({ phase }) => phase === 'load'));
  if (p99 === undefined) throw new Error('no request was answered at half load');
  return Math.round(p99 * INTENT_TIMES * 10) / 10;
}

/** A queue is what a wide intent hides for the length of a step: at its end half of all wait longer than p99 at half load. */
function queues(rows: readonly Timed[], intentMs: number): boolean {
  const last = Math.max(...rows.map(({ scheduled }) => scheduled));
  const end = rows.filter(({ scheduled }) => scheduled > last - END_S * 1_000);
  return (quantile(end.map(latency), 0.5) ?? 0) > intentMs / INTENT_TIMES;
}

/**
 * The highest step that was borne: the last one before two in a row were not. The first step when not even that was.
 * @param beganAt of the first step, ms since 1970
 */
export function borne(
  rows: readonly Timed[],
  { steps, beganAt, intentMs }: { steps: readonly number[]; beganAt: number; intentMs: number },
): number {
  const load = rows.filter(({ phase }) => phase === 'load');
  const byStep = Map.groupBy(load, ({ scheduled }) => Math.floor((scheduled - beganAt) / 1_000 / STEP_S));
  const holds = (step: number): boolean => {
    const own = byStep.get(step) ?? [];
    const failed = own.filter((row) => row.failed).length;
    if (own.length === 0 || failed > MOST_ERRORS * own.length) return false;
    return (p99Of(own) ?? 0) <= intentMs && !queues(own, intentMs);
  };
  let best = 0;
  for (let step = 0; step < steps.length; step += 1) {
    if (holds(step)) best = step;
    else if (step > 0 && !holds(step - 1)) break;
  }
  return steps[best] ?? 0;
}
