/** What a controller did during a replay in trace time, for the report: forecasts against what came, leads, decisions. Pure. */
import type { Capacity } from '@atlas/brain-decision';
import type { Mode, SwitchView } from '@atlas/control-api';
import { quantile } from './capacity-plan.ts';
import type { Report } from './report-schema.ts';
import { violationS, type SloSecond } from './slo.ts';
import type { TrafficPlan } from './traffic.ts';

export type ControlReport = NonNullable<Report['control']>;

/** A forecast as it was told; `low` and `high` are the ends of its 80 % band. */
export interface Told {
  readonly horizonMin: number;
  /** The minute that it is about, since 1970. */
  readonly minute: number;
  readonly rps: number;
  readonly low: number;
  readonly high: number;
}

/** What a minute of the trace was. */
export interface Actual {
  readonly minute: number;
  readonly rps: number;
}

const MINUTE_MS = 60_000;
const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));
const orNull = (value: number | undefined): number | null => (value === undefined ? null : rounded(value));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** One row for each horizon of which a forecast has come due. */
export function accuracy(told: readonly Told[], actual: readonly Actual[]): ControlReport['forecast'] {
  const came = new Map(actual.map(({ minute, rps }) => [minute, rps]));
  return [...Map.groupBy(told, ({ horizonMin }) => horizonMin)]
    .map(([horizonMin, all]) => {
      const due = all.flatMap((each) => {
        const rps = came.get(each.minute);
        return rps === undefined || rps === 0 ? [] : [{ ...each, came: rps }];
      });
      if (due.length === 0) return { horizonMin, minutes: 0, mapePct: null, inBand80: null };
      const errors = due.map(({ rps, came: real }) => Math.abs(rps - real) / real);
      const inside = due.filter(({ low, high, came: real }) => real >= low && real <= high).length;
      return {
        ...{ horizonMin, minutes: due.length, mapePct: rounded(100 * mean(errors)) },
        inBand80: rounded(inside / due.length, 3),
      };
    })
    .sort((a, b) => a.horizonMin - b.horizonMin);
}

/**
 * A row for each minute of the trace: what came, what had been forecast for it, and how it went. At a speed that does not
 * divide 60 a minute is no number of whole seconds: they are dealt out whole, and the rate is that of the minute's own.
 */
export function minuteRows(
  { minutes, speed }: Pick<TrafficPlan, 'minutes' | 'speed'>,
  seconds: readonly SloSecond[],
  told: readonly Told[],
): ControlReport['minutes'] {
  const lengthS = 60 / speed;
  const forecasts = new Map(told.map((each) => [`${each.minute} ${each.horizonMin}`, each]));
  return minutes.map(({ minute }, index) => {
    const own = seconds.slice(Math.floor(index * lengthS), Math.floor((index + 1) * lengthS));
    const requests = own.reduce((sum, each) => sum + each.requests, 0);
    const p99 = quantile(
      own.flatMap(({ p99Ms }) => p99Ms ?? []),
      1,
    );
    const [in5, in15] = [5, 15].map((horizon) => forecasts.get(`${minute} ${horizon}`));
    return {
      at: new Date(minute * MINUTE_MS).toISOString(),
      rps: rounded(requests / Math.max(1, own.length)),
      ...{ in5Rps: orNull(in5?.rps), in5Low80: orNull(in5?.low), in5High80: orNull(in5?.high) },
      ...{ in15Rps: orNull(in15?.rps), in15Low80: orNull(in15?.low), in15High80: orNull(in15?.high) },
      p99Ms: orNull(p99),
      violatedS: violationS(own),
    };
  });
}

/**
 * What is wrong when a load began a minute of the trace, or more, after the brain's clock: all that the brain forecasts and
 * does is for minutes that come later. Empty when it did not.
 * @param lateMs real
 */
export const beganLate = (lateMs: number, speed: number): string[] =>
  lateMs * speed < MINUTE_MS
    ? []
    : [
        `the load began ${(lateMs / 1_000).toFixed(1)} s late, so the brain's clock was ${Math.floor((lateMs * speed) / MINUTE_MS)} min ahead of the trace: the machine is too busy`,
      ];

type Shape = Pick<SwitchView, 'to' | 'toInstances'>;

/** What a shape was measured to bear, requests per second. */
export function bearsOf({ to, toInstances }: Shape, capacity: Capacity): number {
  const mode: Mode = to;
  if (mode !== 'tight') return capacity[mode];
  return (toInstances['bundle'] ?? 1) > 1 ? capacity.tight2 : capacity.tight;
}

export interface SurgeInput {
  readonly actual: readonly Actual[];
  readonly capacity: Capacity;
  /** In force at the start. */
  readonly initial: Shape;
  readonly switches: readonly SwitchView[];
  /** Real ms since 1970 at which a minute of the trace began. */
  readonly realAt: (minute: number) => number;
}

/** A rate that was below what one bundle bears for so many minutes, and is above it now, is a surge. */
const CALM_MIN = 5;

/** When surges came, and how long before them a shape that bears them was in force. */
export function surges({ actual, capacity, initial, switches, realAt }: SurgeInput): ControlReport['surges'] {
  const shapes = [
    { since: -Infinity, bears: bearsOf(initial, capacity) },
    ...switches.flatMap((view) =>
      view.committedAt === null || view.outcome !== 'committed'
        ? []
        : [{ since: view.committedAt, bears: bearsOf(view, capacity) }],
    ),
  ];
  let calm = CALM_MIN;
  return actual.flatMap(({ minute, rps }) => {
    const high = rps > capacity.tight;
    const begins = high && calm >= CALM_MIN;
    calm = high ? 0 : calm + 1;
    if (!begins) return [];
    const at = realAt(minute);
    const inForce = shapes.findLastIndex(({ since }) => since <= at);
    const strong = ({ bears }: { bears: number }): boolean => bears > capacity.tight;
    const held = shapes[inForce];
    const ready = held && strong(held) ? held : shapes.slice(inForce + 1).find(strong);
    const leadS = ready && Number.isFinite(ready.since) ? rounded((at - ready.since) / 1_000) : null;
    return [
      {
        at: new Date(minute * MINUTE_MS).toISOString(),
        rps: rounded(rps),
        leadS,
        ready: ready !== undefined,
      },
    ];
  });
}
