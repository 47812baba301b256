import type { Outcome } from './run.ts';

/** What many schedules came to. */
export interface Totals {
  readonly schedules: number;
  readonly switches: number;
  readonly commits: number;
  readonly roots: number;
  readonly faults: number;
  readonly steps: number;
  /** Hours on the virtual clock. */
  readonly virtualHours: number;
}

export const NOTHING: Totals = {
  ...{ schedules: 0, switches: 0, commits: 0, roots: 0, faults: 0, steps: 0, virtualHours: 0 },
};

export const plus = (totals: Totals, outcome: Outcome): Totals => ({
  schedules: totals.schedules + 1,
  switches: totals.switches + outcome.switches,
  commits: totals.commits + outcome.commits,
  roots: totals.roots + outcome.roots,
  faults: totals.faults + outcome.faults,
  steps: totals.steps + outcome.steps,
  virtualHours: totals.virtualHours + outcome.virtualMs / 3_600_000,
});

export const sum = (a: Totals, b: Totals): Totals => ({
  schedules: a.schedules + b.schedules,
  switches: a.switches + b.switches,
  commits: a.commits + b.commits,
  roots: a.roots + b.roots,
  faults: a.faults + b.faults,
  steps: a.steps + b.steps,
  virtualHours: a.virtualHours + b.virtualHours,
});
