/** What the controllers are compared on, and in which order. Pure. */
import { CONTROLLERS, NOT_AUDITED, type ControllerName, type Report } from '@atlas/stack';
import { median } from '../statistics.ts';

/** Scenarios in load/scenarios; the match day is cut to its surge, so that a run takes 85 s. */
export const TRACES = ['matchday', 'flash-sale', 'sudden', 'day-night'] as const;
export type TraceName = (typeof TRACES)[number];
export const WINDOWS: Partial<Record<TraceName, { readonly from: string; readonly to: string }>> = {
  matchday: { from: '1998-06-10T15:10:00Z', to: '1998-06-10T16:35:00Z' },
};

export interface Run {
  readonly trace: TraceName;
  readonly controller: ControllerName;
  /** From 1. */
  readonly repeat: number;
}

/** A cell of one run, or the medians over its repeats. */
export interface Cell {
  readonly trace: string;
  readonly controller: string;
  readonly requests: number;
  readonly failed: number;
  readonly sloViolationS: number;
  /** Null: nothing was answered. */
  readonly cpuMsPerRequest: number | null;
  readonly switches: number;
}

/** `trace`, `controller` or `trace/controller`. */
export type Only = readonly string[];

const wanted = ({ trace, controller }: Omit<Run, 'repeat'>, only: Only): boolean =>
  only.length === 0 || only.some((word) => [trace, controller, `${trace}/${controller}`].includes(word));

/**
 * Interleaved: each repeat goes through all traces, and each trace through all controllers, so that what the machine does
 * meanwhile meets them all; every second repeat the other way round.
 */
export function runsOf(repeats: number, only: Only): Run[] {
  return Array.from({ length: repeats }, (_, index) => index + 1).flatMap((repeat) => {
    const order = repeat % 2 === 1 ? CONTROLLERS : [...CONTROLLERS].reverse();
    return TRACES.flatMap((trace) => order.map((controller) => ({ trace, controller, repeat }))).filter(
      (run) => wanted(run, only),
    );
  });
}

/** @throws Error when the report says nothing of its controller: none of its seconds may count as one within the intent */
export function cellOf({ trace, controller }: Run, { requests, control }: Report): Cell {
  if (control === undefined) throw new Error(`nothing is known of ${trace} under ${controller}`);
  const { sloViolationS, cpuMsPerRequest, switches } = control;
  return {
    ...{ trace, controller, requests: requests.total, failed: requests.failed },
    ...{ sloViolationS, cpuMsPerRequest, switches },
  };
}

/** What went wrong in a run, which counts all the same: e.g. that its load began late. Nothing is audited here. */
export const troublesOf = ({ reasons }: Pick<Report, 'reasons'>): string[] =>
  reasons.filter((reason) => reason !== NOT_AUDITED);

/**
 * Medians of each number over the repeats of a cell, in the order of the runs; of failed requests the most: a median would
 * hide them.
 */
export function medians(cells: readonly Cell[]): Cell[] {
  const groups = Map.groupBy(cells, ({ trace, controller }) => `${trace}/${controller}`);
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const of = (pick: (cell: Cell) => number): number => median(own.map(pick));
    const cpu = own.flatMap(({ cpuMsPerRequest }) => cpuMsPerRequest ?? []);
    return [
      {
        ...first,
        requests: of(({ requests }) => requests),
        failed: Math.max(...own.map(({ failed }) => failed)),
        sloViolationS: of(({ sloViolationS }) => sloViolationS),
        cpuMsPerRequest: cpu.length === 0 ? null : Number(median(cpu).toFixed(3)),
        switches: of(({ switches }) => switches),
      },
    ];
  });
}
