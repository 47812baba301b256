import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { TraceWindow } from './protocol.ts';

/**
 * Requests per second, one number per row of the window, in order.
 * @throws Error naming the file when it cannot be read, has another header, a bad row, or no row in the window.
 */
export async function readTrace(window: TraceWindow): Promise<number[]> {
  return (await readMinutes(window)).map(({ rps }) => rps);
}

/** A row of a trace. */
export interface TraceMinute {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly rps: number;
}

/** As `readTrace`, with the time of each row. */
export async function readMinutes(window: TraceWindow): Promise<TraceMinute[]> {
  const raw = await readFile(window.file);
  const csv = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8');
  try {
    return parseMinutes(csv, window.from, window.to);
  } catch (error) {
    throw new Error(`trace ${window.file}: ${(error as Error).message}`, { cause: error });
  }
}

/** The pure part of `readTrace`. */
export const parseTrace = (csv: string, from: string, to: string): number[] =>
  parseMinutes(csv, from, to).map(({ rps }) => rps);

function parseMinutes(csv: string, from: string, to: string): TraceMinute[] {
  const [start, end] = [instant(from), instant(to)];
  const [header, ...rows] = csv.trimEnd().split('\n');
  if (header?.trim() !== 'timestamp_utc,rps') throw new Error(`header must be timestamp_utc,rps`);
  const found: TraceMinute[] = [];
  for (const row of rows) {
    const [time = '', value = ''] = row.trim().split(',');
    const at = instant(time);
    if (at < start || at >= end) continue;
    const rate = Number(value);
    if (value === '' || !Number.isFinite(rate) || rate < 0) throw new Error(`bad rate in row "${row}"`);
    found.push({ minute: Math.floor(at / 60_000), rps: rate });
  }
  if (found.length === 0) throw new Error(`no row between ${from} and ${to}`);
  if (found.every(({ rps }) => rps === 0)) throw new Error(`nothing but zeros between ${from} and ${to}`);
  return found;
}

function instant(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new Error(`"${text}" is not an ISO 8601 time`);
  return at;
}
