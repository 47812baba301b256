/**
 * Cuts the committed trace out of the full one. Run by hand, once:
 * `node load/src/cut-trace.ts wc98_apr30_jun21.csv.gz load/traces/wc98-1998-06-02-to-10.csv.gz`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, exit } from 'node:process';
import { gunzipSync, gzipSync } from 'node:zlib';

/** The match day, France 98's first, and the eight days before it (UTC). */
export const CUT = { from: '1998-06-02T00:00:00Z', to: '1998-06-11T00:00:00Z' } as const;

/**
 * Keeps the header and the rows whose time is in `from` ≤ t < `to`, unchanged.
 * @throws Error when the header is not `timestamp_utc,rps` or no row is left.
 */
export function cutTrace(csv: string, from: string, to: string): string {
  const [header, ...rows] = csv.trimEnd().split('\n');
  if (header !== 'timestamp_utc,rps') throw new Error(`unexpected header "${header}"`);
  const kept = rows.filter((row) => {
    const time = Date.parse(row.slice(0, row.indexOf(',')));
    return time >= Date.parse(from) && time < Date.parse(to);
  });
  if (kept.length === 0) throw new Error(`no row between ${from} and ${to}`);
  return [header, ...kept, ''].join('\n');
}

if (import.meta.main) {
  const [source, target] = argv.slice(2);
  if (source === undefined || target === undefined) {
    process.stderr.write('usage: node load/src/cut-trace.ts SOURCE.csv.gz TARGET.csv.gz\n');
    exit(2);
  }
  const cut = cutTrace(gunzipSync(readFileSync(source)).toString('utf8'), CUT.from, CUT.to);
  writeFileSync(target, gzipSync(cut, { level: 9 }));
}
