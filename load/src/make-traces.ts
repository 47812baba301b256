/**
 * Makes the synthetic traces: shapes without noise, for a replay's arrivals are random. Run by hand, once:
 * `node load/src/make-traces.ts load/traces`
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { gzipSync } from 'node:zlib';

/** The window that is replayed; the days before it are history. */
const BEGIN = Date.parse('2001-01-03T12:00:00Z');
const HISTORY_MIN = 2 * 1_440;
const WINDOW_MIN = 90;
const MINUTE_MS = 60_000;

/** Linear between points of (minute of the window, requests per second). */
const through =
  (...points: readonly (readonly [number, number])[]) =>
  (minute: number): number => {
    const next = points.findIndex(([at]) => at > minute);
    const [, last = 0] = points.at(-1) ?? [];
    if (next < 0) return last;
    const [to, high] = points[next] ?? [0, 0];
    const [from, low] = points[next - 1] ?? [to, high];
    return to === from ? high : low + ((high - low) * (minute - from)) / (to - from);
  };

/** Minute of the window, negative in the days before → requests per second. */
const SHAPES: Readonly<Record<string, (minute: number) => number>> = {
  /** 500 → 8,000 → 600, once, from one minute to the next; nothing of the kind in the days before. */
  'flash-sale': (minute) =>
    minute < 0 ? 500 : through([0, 500], [4, 500], [5, 8_000], [9, 8_000], [10, 600], [90, 600])(minute),
  /** One that grows in the middle, for tests. */
  'growing-sale': (minute) =>
    minute < 0
      ? 500
      : through([12, 500], [13, 5_000], [19, 5_000], [20, 7_800], [26, 7_800], [27, 500])(minute),
  /** From one minute to the next, and nobody knew. */
  sudden: (minute) =>
    minute < 0
      ? 2_000
      : through([0, 2_000], [3, 2_000], [4, 8_000], [9, 8_000], [10, 2_000], [90, 2_000])(minute),
  /** A day and a night each 80 minutes, 18 of them in 24 hours, so that yesterday was as today. */
  'day-night': (minute) => 1_000 - 700 * Math.cos((2 * Math.PI * minute) / 80),
};

/** The trace as CSV, two days of history and the window. */
export function traceCsv(shape: (minute: number) => number): string {
  const rows = Array.from({ length: HISTORY_MIN + WINDOW_MIN }, (_, index) => {
    const minute = index - HISTORY_MIN;
    const at = new Date(BEGIN + minute * MINUTE_MS).toISOString().replace('.000', '');
    return `${at},${Number(shape(minute).toFixed(2))}`;
  });
  return ['timestamp_utc,rps', ...rows, ''].join('\n');
}

if (import.meta.main) {
  const [folder] = argv.slice(2);
  if (folder === undefined) {
    process.stderr.write('usage: node load/src/make-traces.ts FOLDER\n');
    exit(2);
  }
  for (const [name, shape] of Object.entries(SHAPES))
    writeFileSync(join(folder, `${name}.csv.gz`), gzipSync(traceCsv(shape), { level: 9 }));
}
