import type { Cell } from './evaluate.ts';

const number = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '–';

const COLUMNS: readonly [string, (cell: Cell) => string][] = [
  ['series', ({ series }) => series],
  ['model', ({ model }) => model],
  ['above', ({ threshold }) => String(threshold)],
  ['precision', ({ precision }) => number(precision, 2)],
  ['recall', ({ recall }) => number(recall, 2)],
  ['events found', ({ events, found }) => `${found} of ${events}`],
  ['after s', ({ detectS }) => number(detectS, 0)],
  ['false a day', ({ falsePerDay }) => number(falsePerDay, 1)],
];

/** For people: a line a cell. */
export function tableOf(cells: readonly Cell[]): string {
  const lines = [COLUMNS.map(([title]) => title), ...cells.map((cell) => COLUMNS.map(([, of]) => of(cell)))];
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) =>
      line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
    )
    .map((line) => line.join('  ').trimEnd())
    .join('\n');
}
