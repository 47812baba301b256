/** Scores the detector that the brain runs on labelled figures of other systems, and one that adapts to nothing beside it. */
import { Residuals, type Signal } from '@atlas/brain-anomaly';
import type { Labelled } from './labelled.ts';
import { scoresOf, type Scores } from './score.ts';

export interface Cell extends Scores {
  readonly series: string;
  readonly model: string;
  readonly threshold: number;
  /** Moments that were scored. */
  readonly n: number;
}

/** That of the table (§5.3), and two that are sooner sure. */
export const THRESHOLDS = [0.3, 0.5, 0.7] as const;
/** Without a file of what is usual, these first rows tell it, and are not scored. */
export const USUAL_ROWS = 60;

/** Score of each row, 0–1; undefined: nothing was said. */
type Model = (rows: readonly Float64Array[]) => (number | undefined)[];

interface Scale {
  readonly mean: number;
  /** 0: it never changed, or was not known. */
  readonly deviation: number;
}

function scaleOf(rows: readonly Float64Array[], figure: number): Scale {
  const values = rows.map((row) => row[figure] ?? Number.NaN).filter(Number.isFinite);
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length);
  return { mean, deviation: Math.sqrt(square) };
}

/** In deviations from what is usual; what never changed there says nothing. */
function scaled(rows: readonly Float64Array[], usual: readonly Float64Array[]): Float64Array[] {
  const scales = Array.from({ length: rows[0]?.length ?? 0 }, (_, figure) => scaleOf(usual, figure));
  return rows.map((row) =>
    row.map((value, i) => {
      const { mean, deviation } = scales[i] ?? { mean: 0, deviation: 0 };
      return deviation > 0 ? (value - mean) / deviation : Number.NaN;
    }),
  );
}

/** Nobody says which side of a figure is the worse one, so both are; of the load nothing is known. */
function signalsOf(row: Float64Array, figures: readonly string[]): Signal[] {
  return figures.flatMap((kind, i) => {
    const value = row[i] ?? Number.NaN;
    const bounds = { kind, floor: 0.5, most: 8 };
    return Number.isNaN(value)
      ? []
      : [
          { ...bounds, of: 'above', value },
          { ...bounds, of: 'below', value: -value },
        ];
  });
}

const residuals =
  (figures: readonly string[]): Model =>
  (rows) => {
    const detector = new Residuals();
    return rows.map((row) => detector.look({ rps: 1, signals: signalsOf(row, figures) })?.score);
  };

/** The mean distance of the two figures that are furthest from what is usual; 6 deviations make 0.7. */
const still: Model = (rows) =>
  rows.map((row) => {
    const [first = 0, second = 0] = [...row]
      .map(Math.abs)
      .filter(Number.isFinite)
      .toSorted((a, b) => b - a);
    const distance = (first + second) / 2;
    return distance ** 2 / (distance ** 2 + 6 ** 2 * (3 / 7));
  });

/** Both models, at every threshold. @param stepS seconds from row to row */
export function evaluate({ series, figures, usual, rows, labels }: Labelled, stepS: number): Cell[] {
  const known = usual.length > 0 ? usual : rows.slice(0, USUAL_ROWS);
  const all = scaled([...usual, ...rows], known);
  const from = known.length;
  const scored = labels.slice(usual.length > 0 ? 0 : USUAL_ROWS);
  const models: Readonly<Record<string, Model>> = { residuals: residuals(figures), still };
  return Object.entries(models).flatMap(([model, scoreOf]) => {
    const scores = scoreOf(all).slice(from);
    return THRESHOLDS.map((threshold) => {
      const alarms = scores.map((score) => (score ?? 0) > threshold);
      return { series, model, threshold, n: scored.length, ...scoresOf(alarms, scored, stepS) };
    });
  });
}
