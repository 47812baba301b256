/** What happens per second: of one host, of all, or the mean over a minute. Sums and means are of the same kind. */

export interface OperationRates {
  /** Requests that arrived per second, refused ones too: what the shop is asked to bear, answered or not. */
  readonly arrivals: number;
  /** Answers per second; client errors are 4xx, server errors 5xx. */
  readonly requests: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  /** Seconds spent per second. */
  readonly time: number;
  /** Upper bound in seconds, as written (`0.005`, `+Inf`) → answers per second that took no longer: cumulated. */
  readonly upTo: Readonly<Record<string, number>>;
}

/** Bytes over sockets (`received`, `sent`) and of disks (`read`, `written`). */
export type IoKind = 'received' | 'sent' | 'read' | 'written';

export interface Rates {
  /** CPU seconds per second: cores. */
  readonly cpu: number;
  /** Bytes per second; a kind that the system does not tell is absent. */
  readonly io: Readonly<Partial<Record<IoKind, number>>>;
  readonly operations: Readonly<Record<string, OperationRates>>;
}

export const NO_RATES: Rates = { cpu: 0, io: {}, operations: {} };
export const NO_OPERATION: OperationRates = {
  ...{ arrivals: 0, requests: 0, clientErrors: 0, serverErrors: 0, time: 0 },
  upTo: {},
};

type Numbers = Readonly<Record<string, number>>;

const keysOf = (a: object, b: object): string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])];

/** What stands under a name from outside, and nothing that every object has, such as `constructor`. */
const own = <V>(all: Readonly<Record<string, V>>, name: string): V | undefined =>
  Object.hasOwn(all, name) ? all[name] : undefined;

const added = (a: Numbers, b: Numbers): Record<string, number> =>
  Object.fromEntries(keysOf(a, b).map((key) => [key, (own(a, key) ?? 0) + (own(b, key) ?? 0)]));

/** Two histograms as one, bound by bound. */
export const addBounds = (a: OperationRates['upTo'], b: OperationRates['upTo']): OperationRates['upTo'] =>
  added(a, b);

const scaled = (a: Numbers, by: number): Record<string, number> =>
  Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value * by]));

export const addOperation = (a: OperationRates, b: OperationRates): OperationRates => ({
  arrivals: a.arrivals + b.arrivals,
  requests: a.requests + b.requests,
  clientErrors: a.clientErrors + b.clientErrors,
  serverErrors: a.serverErrors + b.serverErrors,
  time: a.time + b.time,
  upTo: added(a.upTo, b.upTo),
});

export const addRates = (a: Rates, b: Rates): Rates => ({
  cpu: a.cpu + b.cpu,
  io: added(a.io, b.io),
  operations: Object.fromEntries(
    keysOf(a.operations, b.operations).map((name) => [
      name,
      addOperation(own(a.operations, name) ?? NO_OPERATION, own(b.operations, name) ?? NO_OPERATION),
    ]),
  ),
});

export const scaleRates = ({ cpu, io, operations }: Rates, by: number): Rates => ({
  cpu: cpu * by,
  io: scaled(io, by),
  operations: Object.fromEntries(
    Object.entries(operations).map(([name, { upTo, ...counts }]) => [
      name,
      {
        arrivals: counts.arrivals * by,
        requests: counts.requests * by,
        clientErrors: counts.clientErrors * by,
        serverErrors: counts.serverErrors * by,
        time: counts.time * by,
        upTo: scaled(upTo, by),
      },
    ]),
  ),
});

/** All operations as one. */
export const totalOf = ({ operations }: Rates): OperationRates =>
  Object.values(operations).reduce(addOperation, NO_OPERATION);

const boundOf = (le: string): number => (le === '+Inf' ? Infinity : Number(le));

/**
 * The latency that a share of the answers did not exceed, ms: linear within its bucket. Beyond the last bound it is that
 * bound, for no more is known. Null without answers.
 * @param share 0–1
 */
export function quantileMs({ upTo }: Pick<OperationRates, 'upTo'>, share: number): number | null {
  const steps = Object.entries(upTo)
    .map(([le, count]) => ({ bound: boundOf(le), count }))
    .filter(({ bound }) => !Number.isNaN(bound))
    .sort((a, b) => a.bound - b.bound);
  const all = steps.at(-1)?.count ?? 0;
  if (!(all > 0)) return null;
  let below = { bound: 0, count: 0 };
  for (const step of steps) {
    if (step.count >= share * all && step.count > below.count) {
      if (step.bound === Infinity) return below.bound * 1_000;
      const part = Math.max(0, share * all - below.count) / (step.count - below.count);
      return (below.bound + part * (step.bound - below.bound)) * 1_000;
    }
    below = {
      bound: step.bound === Infinity ? below.bound : step.bound,
      count: Math.max(below.count, step.count),
    };
  }
  return below.bound * 1_000;
}
