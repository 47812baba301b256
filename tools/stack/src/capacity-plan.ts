/** Stepped load: which rates are tried, what of a request log says that one is borne, and what several passes come to. Pure. */
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
export function ratesOf(closedLoopRps: number): number[] {
  const count = Math.ceil(Math.log(LAST / FIRST) / Math.log(GROWTH)) + 1;
  return Array.from({ length: count }, (_, i) => Math.round(closedLoopRps * FIRST * GROWTH ** i * 10) / 10);
}

/** The trace that a load driver replays, a row a step. */
export const traceOf = (rates: readonly number[]): string =>
  [
    'timestamp_utc,rps',
    ...rates.map((rps, i) => `${new Date(i * 60_000).toISOString().replace('.000', '')},${rps}`),
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

/** What one step came to. */
export interface Step {
  readonly rps: number;
  /** Infinite when nothing was asked. */
  readonly p99Ms: number;
  /** Median of the last second. */
  readonly endMs: number;
  /** 0–1 */
  readonly failed: number;
}

function stepOf(rps: number, rows: readonly Timed[]): Step {
  const last = rows.reduce((latest, { scheduled }) => Math.max(latest, scheduled), -Infinity);
  const end = rows.filter(({ scheduled }) => scheduled > last - END_S * 1_000);
  return {
    rps,
    p99Ms: p99Of(rows) ?? Infinity,
    endMs: quantile(end.map(latency), 0.5) ?? Infinity,
    failed: rows.filter(({ failed }) => failed).length / rows.length,
  };
}

/**
 * What each rate came to.
 * @param beganAt of the first step, ms since 1970
 */
export function climbOf(
  rows: readonly Timed[],
  { rates, beganAt }: { rates: readonly number[]; beganAt: number },
): Step[] {
  const load = rows.filter(({ phase }) => phase === 'load');
  const byStep = Map.groupBy(load, ({ scheduled }) => Math.floor((scheduled - beganAt) / 1_000 / STEP_S));
  return rates.map((rps, i) => stepOf(rps, byStep.get(i) ?? []));
}

/** A queue is what a wide intent hides for the length of a step: at its end half of all wait longer than p99 at half load. */
const holds = ({ p99Ms, endMs, failed }: Step, intentMs: number): boolean =>
  failed <= MOST_ERRORS && p99Ms <= intentMs && endMs <= intentMs / INTENT_TIMES;

/** The highest step that was borne: the last one before two in a row that were not. The first step when not even that was. */
export function borne(climb: readonly Step[], intentMs: number): number {
  let best = 0;
  for (const [at, step] of climb.entries()) {
    if (holds(step, intentMs)) best = at;
    else if (at > 0 && !holds(climb[at - 1] as Step, intentMs)) break;
  }
  return climb[best]?.rps ?? 0;
}

/** Whether what `borne` says is a step that was. */
const isBegun = (climb: readonly Step[], intentMs: number): boolean =>
  climb.slice(0, 2).some((step) => holds(step, intentMs));

/** All shapes measured once, one after another. */
export interface Pass<Shape extends string> {
  /** By its own half load. */
  readonly intentMs: number;
  readonly climbs: Readonly<Record<Shape, readonly Step[]>>;
}

export interface Findings<Shape extends string> {
  readonly intentMs: number;
  /** Requests per second. */
  readonly bears: Readonly<Record<Shape, number>>;
  /** For whoever reads along: what each pass found, and whether they agree. */
  readonly lines: readonly string[];
}

/**
 * Two passes of one machine agree when no rate differs by more than a quarter, which is three steps. The p99 of a quiet
 * machine may differ more: few large garbage collections make it.
 */
const [RATES_DIFFER, P99_DIFFERS] = [1.25, 2];

const differs = (values: readonly number[], times: number): boolean =>
  Math.max(...values) > Math.min(...values) * times;

/**
 * What else a machine does lowers what a shape bears and raises a p99, and does neither the other way round: of several
 * passes the lowest intent and the best of each shape count.
 */
export function findingsOf<Shape extends string>(passes: readonly Pass<Shape>[]): Findings<Shape> {
  const intents = passes.map((pass) => pass.intentMs);
  const intentMs = Math.min(...intents);
  const bears = {} as Record<Shape, number>;
  const lines = [`the intent: p99 ≤ ${intentMs} ms (by pass: ${intents.join(', ')})`];
  let uneven = differs(intents, P99_DIFFERS);
  for (const shape of Object.keys(passes[0]?.climbs ?? {}) as Shape[]) {
    const rates = passes.map(({ climbs }) => borne(climbs[shape], intentMs));
    bears[shape] = Math.max(...rates);
    uneven ||= differs(rates, RATES_DIFFER);
    lines.push(`${shape} bears ${bears[shape]} requests/s (by pass: ${rates.join(', ')})`);
    if (!passes.some(({ climbs }) => isBegun(climbs[shape], intentMs)))
      lines.push(`${shape} did not even bear its first step: it bears less than that`);
  }
  if (uneven) lines.push('the passes differ: this machine is uneven, and these numbers say little');
  return { intentMs, bears, lines };
}
