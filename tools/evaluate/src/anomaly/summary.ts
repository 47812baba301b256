import { figure, textTable, type Column } from '../text-table.ts';
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
      ...{ series: 'all', model, threshold, n: total(each('n')), labelled: mean(each('labelled')) },
      ...{ precision: mean(each('precision')), recall: mean(each('recall')) },
      ...{ events: total(each('events')), found: total(each('found')) },
      ...{ detectS: median(known(each('detectS'))), falsePerDay: mean(each('falsePerDay')) },
    };
  });
}

const COLUMNS: readonly Column<Cell>[] = [
  { title: 'series', words: true, of: ({ series }) => series },
  { title: 'model', words: true, of: ({ model }) => model },
  { title: 'above', of: ({ threshold }) => String(threshold) },
  { title: 'by chance', of: ({ labelled }) => figure(labelled, 2) },
  { title: 'precision', of: ({ precision }) => figure(precision, 2) },
  { title: 'recall', of: ({ recall }) => figure(recall, 2) },
  { title: 'events found', of: ({ events, found }) => `${found} of ${events}` },
  { title: 'after s', of: ({ detectS }) => figure(detectS, 0) },
  { title: 'false a day', of: ({ falsePerDay }) => figure(falsePerDay, 1) },
];

/** For people: a line a cell. */
export const tableOf = (cells: readonly Cell[]): string => textTable(COLUMNS, cells);
