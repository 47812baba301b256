import { readFileSync } from 'node:fs';

/** Client connections of one bundle, whatever the system allows: an idle one takes about 10 kB here. */
const MOST = 12_000;
/** Descriptors that are not for clients: database, store, other hosts, logs. */
const RESERVED = 256;

/**
 * How many client connections one bundle holds: never so many that a file or a database connection cannot be opened
 * any more. `limits` is the text of `/proc/self/limits`; where there is none (macOS) the most is taken.
 */
export function connectionLimit(limits: string | undefined = ownLimits()): number {
  const open = /^Max open files +(\d+)/m.exec(limits ?? '')?.[1];
  return open === undefined ? MOST : Math.min(MOST, Math.max(RESERVED, Number(open) - RESERVED));
}

function ownLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return undefined;
  }
}
