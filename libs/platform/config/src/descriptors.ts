import { readFileSync } from 'node:fs';

/** How many connections each listener of a host may hold. */
export interface DescriptorShares {
  /** Of the edge: an idle one takes about 10 kB here. */
  readonly clients: number;
  /** Of the RPC listener: other hosts. */
  readonly callers: number;
  /** Of the listener for probes and scrapes. */
  readonly probes: number;
}

/** Fewer open files than that are not enough for any process of a stack. */
export const LEAST_OPEN_FILES = 256;

const MOST: DescriptorShares = { clients: 12_000, callers: 512, probes: 32 };
const LEAST = 32;
/** For database, store, calls to others, files and the runtime itself. */
const OWN = 192;
/** Of what is left, the part for callers. */
const CALLERS_PART = 0.2;

const within = (count: number, most: number): number => Math.floor(Math.min(most, Math.max(LEAST, count)));

/**
 * Shares a host's file descriptors out among its listeners, so that a flood at one takes none from the others, nor from
 * the database, the store and the logs. `open`: the process's limit, endless when the system does not say.
 */
export function shareDescriptors(open: number = openFileLimit() ?? Infinity): DescriptorShares {
  const { clients, callers, probes } = MOST;
  const left = open - OWN - probes;
  const forCallers = within(left * CALLERS_PART, callers);
  return { clients: within(left - forCallers, clients), callers: forCallers, probes };
}

/** How many files this process may have open (`ulimit -n`); undefined when the system does not say (macOS) or knows no limit. */
export function openFileLimit(limits: string = ownLimits()): number | undefined {
  const open = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return open === undefined ? undefined : Number(open);
}

function ownLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
