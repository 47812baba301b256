import type { Cell } from './evaluate.ts';
import { median } from './score.ts';

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: readonly (number | null)[]): number | null =>
  known(values).length === 0 ? null : total(known(values)) / known(values).length;

/** Of all series together, each of the same weight: events are added, the time until an alarm is the middle of theirs. */
export function summarise(cells: readonly Cell[]): Cell[] {
  const groups = Map.groupBy(cells, ({ model, threshold }) => `${model} ${threshold}`);
  return [...groups.values()].map((group) => {
    const each = <K extends keyof Cell>(key: K): Cell[K][] => group.map((cell) => cell[key]);
    const [{ model, threshold } = { model: '', threshold: 0 }] = group;
    return {
      ...{ series: 'all', model, threshold, n: total(each('n')), labelled: mean(each('labelled')) ?? 0 },
      ...{ precision: mean(each('precision')), recall: mean(each('recall')) },
      ...{ events: total(each('events')), found: total(each('found')) },
      ...{ detectS: median(known(each('detectS'))), falsePerDay: mean(each('falsePerDay')) },
    };
  });
}

const number = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '–';

const COLUMNS: readonly [string, (cell: Cell) => string][] = [
  ['series', ({ series }) => series],
  ['model', ({ model }) => model],
  ['above', ({ threshold }) => String(threshold)],
  ['by chance', ({ labelled }) => number(labelled, 2)],
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
