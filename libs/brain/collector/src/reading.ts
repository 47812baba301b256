/**
 * What one scrape of a host says, sorted into counters, which only grow while the process lives, and gauges.
 *
 * D1  A value that is no number, negative, or more than a counter can count (2⁵³), is not taken; it is counted in `bad`.
 */
import type { IoKind } from './rates.ts';
import { readText, type Sample } from './prometheus-text.ts';

/** A counter's identity in the text, split into what it counts. */
export type Counted =
  | { readonly what: 'cpu' }
  /** Bytes over sockets and of disks. */
  | { readonly what: 'io'; readonly kind: IoKind }
  | { readonly what: 'arrivals'; readonly operation: string }
  | { readonly what: 'answers'; readonly operation: string; readonly status: number }
  | { readonly what: 'time'; readonly operation: string }
  /** Answers that took up to `le` seconds, as it is written. */
  | { readonly what: 'up-to'; readonly operation: string; readonly le: string }
  | CountedCalls;

/** Calls between modules. */
export interface CountedCalls {
  readonly what: 'calls';
  /** All of them, those that were timed, and the seconds that these took. */
  readonly of: 'calls' | 'timed' | 'seconds';
  readonly side: CallSide;
}

/** A way along an edge of the call graph, at the caller's side, or what a host served of others' calls. */
export interface CallSide {
  /** A module, or `edge`; undefined: at the callee's side. */
  readonly caller: string | undefined;
  readonly module: string;
  readonly operation: string;
  readonly remote: boolean;
}

export interface Reading {
  /** Series → value. One series is one line of the text. */
  readonly counters: ReadonlyMap<string, { readonly counted: Counted; readonly value: number }>;
  readonly gauges: Gauges;
  /** Lines and values that could not be taken. */
  readonly bad: number;
}

export interface Gauges {
  readonly residentBytes: number;
  /** p99 since the previous scrape, seconds. */
  readonly loopDelayS: number;
  /** Module → callers that wait for a database connection. */
  readonly waiting: Readonly<Record<string, number>>;
  /** Module → seconds that it is behind the event log; only of those whose events this host pumps. */
  readonly logLagS: Readonly<Record<string, number>>;
}

const ARRIVALS = 'atlas_edge_arrivals_total';
const ANSWERS = 'atlas_edge_requests_total';
const DURATION = 'atlas_edge_request_duration_seconds';
export const CPU = 'process_cpu_seconds_total';
/** Tells one process from its successor. */
export const START = 'process_start_time_seconds';
const MEMORY = 'process_resident_memory_bytes';
const DELAY = 'atlas_event_loop_delay_seconds';
const CONNECTIONS = 'atlas_database_connections';
const LAG = 'atlas_event_log_lag_seconds';
const CALLS = 'atlas_calls_total';
const CALL_TIME = 'atlas_call_duration_seconds';
const SERVED = 'atlas_calls_served_total';
const SERVED_TIME = 'atlas_call_served_duration_seconds';
/** Metric → what it says of calls. */
const OF_CALLS: ReadonlyMap<string, CountedCalls['of']> = new Map([
  [CALLS, 'calls'],
  [SERVED, 'calls'],
  [`${CALL_TIME}_count`, 'timed'],
  [`${SERVED_TIME}_count`, 'timed'],
  [`${CALL_TIME}_sum`, 'seconds'],
  [`${SERVED_TIME}_sum`, 'seconds'],
]);
const NETWORK = 'process_network_io_bytes_total';
const DISK = 'process_disk_io_bytes_total';
/** Metric and direction → kind. */
const IO: ReadonlyMap<string, IoKind> = new Map([
  [`${NETWORK} receive`, 'received'],
  [`${NETWORK} transmit`, 'sent'],
  [`${DISK} read`, 'read'],
  [`${DISK} write`, 'written'],
]);
/** Names that are read; all are in the registry of `@atlas/platform-telemetry`. */
export const WANTED: ReadonlySet<string> = new Set([
  ...[ARRIVALS, ANSWERS, `${DURATION}_sum`, `${DURATION}_bucket`, CPU, MEMORY, DELAY, CONNECTIONS, LAG],
  ...[NETWORK, DISK, START],
  ...OF_CALLS.keys(),
]);

function callsOf({ name, labels: { caller, module, operation, way } }: Sample): Counted | undefined {
  const of = OF_CALLS.get(name);
  if (of === undefined || module === undefined || operation === undefined) return undefined;
  return { what: 'calls', of, side: { caller, module, operation, remote: way !== 'local' } };
}

function countedOf({ name, labels }: Sample): Counted | undefined {
  if (name === CPU) return { what: 'cpu' };
  const kind = IO.get(`${name} ${labels['direction']}`);
  if (kind) return { what: 'io', kind };
  const calls = callsOf({ name, labels, value: 0 });
  if (calls) return calls;
  const { operation, status, le } = labels;
  if (operation === undefined) return undefined;
  if (name === `${DURATION}_sum`) return { what: 'time', operation };
  if (name === ARRIVALS) return { what: 'arrivals', operation };
  if (name === ANSWERS && status !== undefined) return { what: 'answers', operation, status: Number(status) };
  return name === `${DURATION}_bucket` && le !== undefined ? { what: 'up-to', operation, le } : undefined;
}

const seriesOf = ({ name, labels }: Sample): string => `${name} ${Object.values(labels).join(' ')}`;

/** To be filled under names from outside, of which `constructor` and `__proto__` may be some. */
export const nothing = <V>(): Record<string, V> => Object.create(null) as Record<string, V>;

/** `shipping.applyOrderPaid` is of shipping; a module that consumes two kinds of events is as late as the later one. */
function takeLag(into: Record<string, number>, consumer: string, seconds: number): void {
  const [module = ''] = consumer.split('.', 1);
  into[module] = Math.max(into[module] ?? 0, seconds);
}

/** Never throws: what cannot be read is counted. */
export function readingOf(text: string): Reading {
  const { samples, bad } = readText(text, WANTED);
  return readingFrom(samples, bad);
}

/** @param unread lines that are none */
export function readingFrom(samples: readonly Sample[], unread: number): Reading {
  const good = samples.filter(({ value }) => value >= 0 && value <= Number.MAX_SAFE_INTEGER);
  const counters = new Map<string, { counted: Counted; value: number }>();
  const waiting = nothing<number>();
  const logLagS = nothing<number>();
  const gauges = { residentBytes: 0, loopDelayS: 0 };
  for (const sample of good) {
    const { name, labels, value } = sample;
    const counted = countedOf(sample);
    if (counted) counters.set(seriesOf(sample), { counted, value });
    else if (name === MEMORY) gauges.residentBytes = value;
    else if (name === DELAY && labels['quantile'] === '0.99') gauges.loopDelayS = value;
    else if (name === CONNECTIONS && labels['state'] === 'waiting') waiting[labels['module'] ?? ''] = value;
    else if (name === LAG) takeLag(logLagS, labels['consumer'] ?? '', value);
  }
  return { counters, gauges: { ...gauges, waiting, logLagS }, bad: unread + samples.length - good.length };
}
