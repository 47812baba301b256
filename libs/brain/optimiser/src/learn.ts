/**
 * Learns costs from what hosts count (§17: "learned from live data"): CPU of each host and what it did meanwhile, the
 * calls between modules, and the record of crashes. Pure: all of it is an argument.
 *
 * N1  No cost is negative, and what was never seen keeps its prior.
 * N2  The same counts give the same costs, in whatever order they come.
 */
import type { Costs, ModuleCosts } from './costs.ts';
import { leastSquares, type Row } from './least-squares.ts';

/** What one host did between two scrapes. A window with a restart or a gap is left out by the collector. */
export interface HostWindow {
  readonly seconds: number;
  /** CPU that the process took, s. */
  readonly cpuS: number;
  /** Roots that it admitted; 0 for a service. */
  readonly roots: number;
  /** `module.operation` → calls that it handled itself. */
  readonly handled: Readonly<Record<string, number>>;
  /** Calls to a module in the same process, calls sent to another one, and calls received from one. */
  readonly localCalls: number;
  readonly sentCalls: number;
  readonly receivedCalls: number;
}

/** Calls along one edge: all of them, and those of sampled roots, which were timed. */
export interface CountedEdge {
  readonly from: string;
  readonly to: string;
  readonly operation: string;
  readonly calls: number;
  readonly timed: number;
  /** As the caller saw them: waits and calls of the callee included. */
  readonly seconds: number;
}

export interface Counted {
  readonly windows: readonly HostWindow[];
  /** While the windows lasted, over all bundles, and the time that they took, s. */
  readonly roots: number;
  readonly rootsS: number;
  readonly edges: readonly CountedEdge[];
  /** Sampled remote calls: their number, and their time as callers and as callees saw it, s. */
  readonly remote: { readonly calls: number; readonly callerS: number; readonly calleeS: number };
  /** Module → crashes that its code caused, over `days` days. */
  readonly crashes: Readonly<Record<string, number>>;
  readonly days: number;
}

/** Crashes are taken to come as a Poisson process; the prior is worth this many days. */
const PRIOR_DAYS = 30;
/** Roots, or calls, that the prior of times and counts is worth. */
const PRIOR_ROOTS = 20;
/** A prior of 0 could never be learned away: it is taken as this, ms. */
const LEAST_MS = 1e-4;

/** Unknowns of the CPU equation, by name. `idle` is the CPU of a host that does nothing, ms per second. */
function unknownsOf(prior: Costs): { names: string[]; values: number[] } {
  const operations = Object.entries(prior.modules).flatMap(([module, costs]) =>
    Object.entries(costs.operations).map(([name, { cpuMs }]) => [`${module}.${name}`, cpuMs] as const),
  );
  const all = [
    ['roots', prior.edgeCpuMs],
    ['local', prior.localCall.cpuMs],
    ['sent', prior.remoteCall.callerCpuMs],
    ['received', prior.remoteCall.calleeCpuMs],
    ['idle', IDLE_MS],
    ...operations,
  ] as const;
  return { names: all.map(([name]) => name), values: all.map(([, value]) => Math.max(LEAST_MS, value)) };
}

/** Timers, leases and garbage of an idle host: half a per cent of a core, as a first guess. */
export const IDLE_MS = 5;

/** One window as an equation of CPU ms per second. */
function rowOf(window: HostWindow, names: readonly string[]): Row {
  const did: Readonly<Record<string, number>> = {
    roots: window.roots,
    local: window.localCalls,
    sent: window.sentCalls,
    received: window.receivedCalls,
    idle: window.seconds,
  };
  const features = names.map((name) => (did[name] ?? window.handled[name] ?? 0) / window.seconds);
  return { features, value: (window.cpuS * 1_000) / window.seconds };
}

const LONGEST_S = 3_600;
const MOST_CORES = 1_000;

/** Absurd counts teach nothing. */
function isWhole({ seconds, cpuS, handled, ...did }: HostWindow): boolean {
  const counts = [did.roots, did.localCalls, did.sentCalls, did.receivedCalls, ...Object.values(handled)];
  return (
    seconds >= 0.1 &&
    seconds <= LONGEST_S &&
    cpuS >= 0 &&
    cpuS <= MOST_CORES * seconds &&
    counts.every((count) => Number.isSafeInteger(count) && count >= 0)
  );
}

/** Mean over the sample and the prior, which is worth `PRIOR_ROOTS` roots. */
const blend = (prior: number, total: number, of: number): number =>
  (prior * PRIOR_ROOTS + total) / (PRIOR_ROOTS + of);

/** Costs as the counts show them, from costs that were believed before. */
export function learnCosts(counted: Counted, prior: Costs): Costs {
  const { names, values } = unknownsOf(prior);
  const solved = leastSquares(
    counted.windows.filter(isWhole).map((window) => rowOf(window, names)),
    values,
  );
  const cpu = new Map(names.map((name, i) => [name, solved[i] ?? 0]));
  const of = (name: string): number => cpu.get(name) ?? 0;
  const { calls, callerS, calleeS } = counted.remote;
  // What neither side's CPU explains; a connection's queue is in it.
  const wayMs = (callerS - calleeS) * 1_000 - calls * (of('sent') + of('received'));
  return {
    ...prior,
    edgeCpuMs: of('roots'),
    localCall: { cpuMs: of('local') },
    remoteCall: {
      callerCpuMs: Math.max(of('sent'), of('local')),
      calleeCpuMs: of('received'),
      latencyMs: Math.max(0, blend(prior.remoteCall.latencyMs, wayMs, calls)),
    },
    calls: learnCalls(counted, prior),
    modules: Object.fromEntries(
      Object.entries(prior.modules).map(([name, costs]) => [name, learnModule(name, costs, { counted, of })]),
    ),
  };
}

function learnCalls({ edges, roots }: Counted, { calls, modules }: Costs): Costs['calls'] {
  const key = (from: string, to: string): string => JSON.stringify([from, to]);
  const priors = new Map(
    calls.map(({ from, to, perRoot }) => [key(from, to), { from, to, prior: perRoot, seen: 0 }]),
  );
  for (const { from, to, calls: seen } of edges) {
    if (!Object.hasOwn(modules, to)) continue;
    const known = priors.get(key(from, to)) ?? { from, to, prior: 0, seen: 0 };
    priors.set(key(from, to), { ...known, seen: known.seen + seen });
  }
  return [...priors.values()].map(({ from, to, prior, seen }) => ({
    from,
    to,
    perRoot: blend(prior, seen, roots),
  }));
}

interface Learned {
  readonly counted: Counted;
  readonly of: (unknown: string) => number;
}

function learnModule(module: string, prior: ModuleCosts, { counted, of }: Learned): ModuleCosts {
  const operations = Object.entries(prior.operations).map(([name, { perRoot }]) => {
    const seen = counted.edges
      .filter(({ to, operation }) => to === module && operation === name)
      .reduce((sum, { calls }) => sum + calls, 0);
    return [name, { perRoot: blend(perRoot, seen, counted.roots), cpuMs: of(`${module}.${name}`) }] as const;
  });
  const crashes = counted.crashes[module] ?? 0;
  const crashesPerDay = (prior.crashesPerDay * PRIOR_DAYS + crashes) / (PRIOR_DAYS + counted.days);
  return { operations: Object.fromEntries(operations), crashesPerDay };
}
