/**
 * A folder of labelled figures, plain or gzipped: `NAME.csv`, or `NAME_train.csv` (what is usual) and `NAME_test.csv`. A row
 * a moment: the time first, a figure in each column of numbers, and `label` or `label_any` (0 or 1), but in what is usual.
 */
import { basename } from 'node:path';
import { csvFiles, InputError, parsed } from '../input.ts';

export interface Table {
  readonly figures: readonly string[];
  /** Of each row, in the order of the figures; NaN: not known. */
  readonly rows: readonly Float64Array[];
  /** Whether something was wrong in each row; undefined: the file does not say. */
  readonly labels: readonly boolean[] | undefined;
}

/** A series that can be scored. */
export interface Labelled {
  readonly series: string;
  readonly figures: readonly string[];
  /** Learned from, and not scored. */
  readonly usual: readonly Float64Array[];
  readonly rows: readonly Float64Array[];
  readonly labels: readonly boolean[];
}

const LABELS = ['label', 'label_any'];

/** Not known: says nothing of what its column holds. */
const EMPTY = /^(nan)?$/i;
const isNumber = (cell: string): boolean => cell !== '' && Number.isFinite(Number(cell));

const cellsOf = (line: string): string[] => line.split(',').map((cell) => cell.trim());

/** @throws InputError when a moment has several rows, or there is none, or no figure */
export function parseTable(csv: string): Table {
  const [header = '', ...lines] = csv.trimEnd().split(/\r?\n/);
  const names = cellsOf(header);
  const cells = lines.map(cellsOf);
  if (cells.length === 0) throw new InputError('there is no row');
  if (cells.some(([time], i) => i > 0 && time === cells[i - 1]?.[0]))
    throw new InputError('a moment has several rows');
  const label = names.findIndex((name) => LABELS.includes(name));
  const firstOf = (i: number): string => cells.find((row) => !EMPTY.test(row[i] ?? ''))?.[i] ?? '';
  const columns = [...names.keys()].filter(
    (i) => i > 0 && !(names[i] ?? '').startsWith('label') && isNumber(firstOf(i)),
  );
  if (columns.length === 0) throw new InputError('there is no figure');
  const numberOf = (cell = ''): number => (isNumber(cell) ? Number(cell) : Number.NaN);
  return {
    figures: columns.map((i) => names[i] ?? ''),
    rows: cells.map((row) => Float64Array.from(columns, (i) => numberOf(row[i]))),
    labels: label < 0 ? undefined : cells.map((row) => numberOf(row[label]) === 1),
  };
}

/** @throws InputError when it cannot be scored */
async function scorable(file: string, train: string | undefined): Promise<Omit<Labelled, 'series'>> {
  const { figures, rows, labels } = await parsed(file, parseTable);
  if (!labels) throw new InputError(`${basename(file)}: it has no column label`);
  const usual = train === undefined ? undefined : await parsed(train, parseTable);
  if (usual && usual.figures.join() !== figures.join())
    throw new InputError(`${basename(file)}: what is usual has other figures`);
  return { figures, usual: usual?.rows ?? [], rows, labels };
}

/**
 * Every labelled file of a folder, by name.
 * @param leftOut told of each file that cannot be scored, and why
 * @throws InputError when the folder cannot be read or holds nothing that is labelled
 */
export async function* labelledIn(folder: string, leftOut: (why: string) => void): AsyncGenerator<Labelled> {
  const files = new Map((await csvFiles(folder)).map(({ name, path }) => [name, path]));
  let found = 0;
  for (const [name, file] of files) {
    if (name.endsWith('_train')) continue;
    const series = name.replace(/_test$/, '');
    const table = await scorable(file, files.get(`${series}_train`)).catch((error: Error) => {
      leftOut(error.message);
    });
    if (!table) continue;
    found += 1;
    yield { series, ...table };
  }
  if (found === 0) throw new InputError(`nothing in ${folder} is labelled`);
}
