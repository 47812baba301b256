import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';

/** Client connections of one bundle, whatever the system allows: an idle one takes about 10 kB here. */
const MOST = 12_000;
/** Descriptors that are not for clients: database, store, other hosts, logs. */
const RESERVED = 256;
const LEAST = 32;
/** Connections over the limit are told of at most so often. */
const TELL_EVERY_MS = 5_000;

/**
 * How many client connections one bundle holds: never so many that a file or a database connection cannot be opened
 * any more. `limits` is the text of `/proc/self/limits`; where there is none (macOS) the most is taken.
 */
export function connectionLimit(limits: string | undefined = ownLimits()): number {
  const open = /^Max open files +(\d+)/m.exec(limits ?? '')?.[1];
  return open === undefined ? MOST : Math.min(MOST, Math.max(LEAST, Number(open) - RESERVED));
}

function ownLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return undefined;
  }
}

/** Tells now and then how many connections were closed at once, because the limit was reached. */
export function tellDrops(
  server: Server,
  tell: (facts: { readonly limit: number; readonly dropped: number }) => void,
): void {
  let dropped = 0;
  let toldAt = -TELL_EVERY_MS;
  server.on('drop', () => {
    dropped += 1;
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    tell({ limit: server.maxConnections, dropped });
    dropped = 0;
  });
}
