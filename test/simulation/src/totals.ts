import type { Outcome } from './run.ts';

/** What many schedules came to. */
export interface Totals {
  readonly schedules: number;
  readonly switches: number;
  readonly commits: number;
  /** Of the commits, those with which a failed trial was taken back. */
  readonly reverts: number;
  readonly roots: number;
  readonly faults: number;
  readonly steps: number;
  /** Hours on the virtual clock. */
  readonly virtualHours: number;
  /** The fewest that any of them had; null: of none. */
  readonly least: Shape | null;
}

/** How much happened in one schedule: switches taken on, roots admitted, faults that struck. */
export type Shape = Pick<Outcome, 'switches' | 'roots' | 'faults'>;

export const NOTHING: Totals = {
  ...{
    schedules: 0,
    switches: 0,
    commits: 0,
    reverts: 0,
    roots: 0,
    faults: 0,
    steps: 0,
    virtualHours: 0,
    least: null,
  },
};

function fewest(a: Shape | null, b: Shape | null): Shape | null {
  if (a === null || b === null) return a ?? b;
  return {
    switches: Math.min(a.switches, b.switches),
    roots: Math.min(a.roots, b.roots),
    faults: Math.min(a.faults, b.faults),
  };
}

const totalsOf = ({ switches, commits, reverts, roots, faults, steps, virtualMs }: Outcome): Totals => ({
  ...{ schedules: 1, switches, commits, reverts, roots, faults, steps, virtualHours: virtualMs / 3_600_000 },
  least: { switches, roots, faults },
});

export const plus = (totals: Totals, outcome: Outcome): Totals => sum(totals, totalsOf(outcome));

export const sum = (a: Totals, b: Totals): Totals => ({
  schedules: a.schedules + b.schedules,
  switches: a.switches + b.switches,
  commits: a.commits + b.commits,
  reverts: a.reverts + b.reverts,
  roots: a.roots + b.roots,
  faults: a.faults + b.faults,
  steps: a.steps + b.steps,
  virtualHours: a.virtualHours + b.virtualHours,
  least: fewest(a.least, b.least),
});
