/** A folder of traces: `timestamp_utc,rps`, among other columns or alone, a row a minute, plain or gzipped. */
import { csvFiles, InputError, parsed, type CsvFile } from '../input.ts';

export interface Trace {
  /** File name without its endings. */
  readonly series: string;
  /** Minutes since 1970, rising. */
  readonly minutes: readonly number[];
  /** Requests per second in each of them. */
  readonly rates: readonly number[];
}

const COLUMNS = ['timestamp_utc', 'rps'];

/** Every trace of a folder. @throws InputError when it cannot be read or holds none */
export async function traceFiles(folder: string): Promise<CsvFile[]> {
  const files = await csvFiles(folder);
  if (files.length === 0) throw new InputError(`no *.csv or *.csv.gz in ${folder}`);
  return files;
}

/** @throws InputError naming file and row */
export async function readTrace({ name, path }: CsvFile): Promise<Trace> {
  return { series: name, ...(await parsed(path, parseTrace)) };
}

/** As some programs write them, in quotes. */
const cellsOf = (line: string): string[] =>
  line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));

/**
 * ms since 1970, in UTC where no zone is told; NaN: it is no time. 03/04/2026 is none: it is in March or in April.
 * `Date.parse` takes it for March, and drops the zone of `2026-10-25 02:30:00+02`, as Postgres writes it.
 */
function instantOf(time: string): number {
  if (/^\d\d?\D\d/.test(time)) return NaN;
  const [, clock = time, zone = 'Z', minutes = '00'] =
    /^(.*:[\d.]+) ?(Z|[+-]\d\d):?(\d\d)?$/.exec(time) ?? [];
  return Date.parse(zone === 'Z' ? `${clock}Z` : `${clock}${zone}:${minutes}`);
}

/**
 * Rows without a rate are gaps, as are minutes without a row. Rows may come in any order, and several of one minute count
 * as their mean.
 * @throws InputError
 */
export function parseTrace(csv: string): Pick<Trace, 'minutes' | 'rates'> {
  const [header = '', ...rows] = csv.trim().split(/\r?\n/);
  const names = cellsOf(header).map((name) => name.toLowerCase());
  const [timeAt = -1, valueAt = -1] = COLUMNS.map((name) => names.indexOf(name));
  if (timeAt < 0 || valueAt < 0) throw new InputError(`the first line must be ${COLUMNS.join()}`);
  const seen = new Map<number, { sum: number; count: number }>();
  for (const [index, row] of rows.entries()) {
    const { [timeAt]: time = '', [valueAt]: value = '' } = cellsOf(row);
    if (value === '' || value.toLowerCase() === 'nan') continue;
    const at = instantOf(time);
    const rate = Number(value);
    if (Number.isNaN(at)) throw new InputError(`line ${index + 2}: "${time}" is no time`);
    if (!Number.isFinite(rate) || rate < 0) throw new InputError(`line ${index + 2}: "${value}" is no rate`);
    const minute = Math.floor(at / 60_000);
    const { sum, count } = seen.get(minute) ?? { sum: 0, count: 0 };
    seen.set(minute, { sum: sum + rate, count: count + 1 });
  }
  if (seen.size === 0) throw new InputError('there is no row');
  const minutes = [...seen.keys()].sort((a, b) => a - b);
  const rates = minutes.map((minute) => {
    const { sum, count } = seen.get(minute) ?? { sum: 0, count: 1 };
    return sum / count;
  });
  return { minutes, rates };
}
