import { machineFacts } from '@atlas/stack';
import { goalText, meets, type Bench, type Measurement } from './bench.ts';
import { canPin } from './cores.ts';

export interface ReportRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Null: only reported. */
  readonly goal: string | null;
  readonly met: boolean | null;
  readonly about: string;
}

export interface BenchReport {
  readonly rows: readonly ReportRow[];
  /** Rounds of each contender. */
  readonly rounds: number;
  /** When its last bench ended, ISO 8601. */
  readonly at: string;
  /** What was checked out when it began; null without git; `+`: files differed from it. */
  readonly commit: string | null;
  readonly machine: ReturnType<typeof machineFacts> & { readonly pinned: boolean };
  /** Bench → what a reader must know, and every round of every contender. */
  readonly benches: Readonly<Record<string, Pick<Measurement, 'facts' | 'samples'>>>;
}

/** Four significant digits: more than the noise leaves. */
const rounded = (value: number): number => Number(value.toPrecision(4));

/** @throws Error when the bench left out one of its rows. */
export function rowsOf(bench: Bench, { values }: Measurement): ReportRow[] {
  return bench.rows.map(({ name, unit, goal, about }) => {
    const value = values[name];
    if (value === undefined || !Number.isFinite(value)) throw new Error(`${bench.name} has no ${name}`);
    return {
      name,
      value: rounded(value),
      unit,
      goal: goal === undefined ? null : goalText(goal),
      met: goal === undefined ? null : meets(goal, value),
      about,
    };
  });
}

export function reportOf(
  measured: readonly (readonly [Bench, Measurement])[],
  { rounds, commit }: Pick<BenchReport, 'rounds' | 'commit'>,
): BenchReport {
  return {
    rows: measured.flatMap(([bench, measurement]) => rowsOf(bench, measurement)),
    rounds,
    at: new Date().toISOString(),
    commit,
    machine: { ...machineFacts(), pinned: canPin() },
    benches: Object.fromEntries(
      measured.map(([{ name }, { facts = {}, samples }]) => [
        name,
        {
          facts,
          samples: Object.fromEntries(Object.entries(samples).map(([key, all]) => [key, all.map(rounded)])),
        },
      ]),
    ),
  };
}

/** One line for a person: `✓ tight.vsDirect  1.08 × (goal ≤ 1.3)`. */
export function lineOf({ name, value, unit, goal, met }: ReportRow): string {
  const mark = met === null ? '·' : met ? '✓' : '✗';
  return `${mark} ${name.padEnd(26)} ${String(value).padStart(9)} ${unit}${goal === null ? '' : `  (goal ${goal})`}`;
}
