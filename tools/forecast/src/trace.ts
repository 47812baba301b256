/** A folder of traces: `timestamp_utc,rps`, a row a minute, plain or gzipped. */
import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Something about the input that people can mend; the message says what. */
export class TraceError extends Error {}

export interface Trace {
  /** File name without its endings. */
  readonly series: string;
  /** Minutes since 1970, rising. */
  readonly minutes: readonly number[];
  /** Requests per second in each of them. */
  readonly rates: readonly number[];
}

const ENDINGS = /\.csv(\.gz)?$/;
const HEADER = 'timestamp_utc,rps';

/** @throws TraceError when the folder cannot be read or holds no trace */
export async function traceFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: Error) => {
    throw new TraceError(`cannot read the folder of traces: ${error.message}`);
  });
  const files = names.filter((name) => ENDINGS.test(name)).sort();
  if (files.length === 0) throw new TraceError(`no *.csv or *.csv.gz in ${folder}`);
  return files.map((name) => join(folder, name));
}

/** @throws TraceError naming file and row */
export async function readTrace(file: string): Promise<Trace> {
  const name = basename(file);
  const raw = await readFile(file).catch((error: Error) => {
    throw new TraceError(`cannot read ${name}: ${error.message}`);
  });
  let text: string;
  try {
    text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8');
  } catch {
    throw new TraceError(`${name} is not gzip all through`);
  }
  try {
    return { series: name.replace(ENDINGS, ''), ...parseTrace(text) };
  } catch (error) {
    throw new TraceError(`${name}: ${(error as Error).message}`);
  }
}

/** @throws TraceError. Rows without a rate are gaps, as are minutes without a row. */
export function parseTrace(csv: string): Pick<Trace, 'minutes' | 'rates'> {
  const [header, ...rows] = csv.trim().split(/\r?\n/);
  if (header?.trim() !== HEADER) throw new TraceError(`the first line must be ${HEADER}`);
  const minutes: number[] = [];
  const rates: number[] = [];
  for (const [index, row] of rows.entries()) {
    const [time = '', value = ''] = row.split(',').map((cell) => cell.trim());
    const at = Date.parse(/Z$|[+-]\d\d:\d\d$/.test(time) ? time : `${time}Z`);
    const rate = Number(value);
    if (Number.isNaN(at)) throw new TraceError(`line ${index + 2}: "${time}" is no time`);
    if (value === '' || value.toLowerCase() === 'nan') continue;
    if (!Number.isFinite(rate) || rate < 0) throw new TraceError(`line ${index + 2}: "${value}" is no rate`);
    const minute = Math.floor(at / 60_000);
    if (minutes.length > 0 && minute <= (minutes.at(-1) ?? 0)) {
      throw new TraceError(`line ${index + 2}: ${time} does not come after the row before`);
    }
    minutes.push(minute);
    rates.push(rate);
  }
  if (minutes.length === 0) throw new TraceError('there is no row');
  return { minutes, rates };
}
