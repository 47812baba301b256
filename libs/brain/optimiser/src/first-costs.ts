/**
 * What is believed of a shop's costs before any equation is solved: the CPU that its hosts took, shared out by the time
 * that was spent in each operation. A guess: time is also waiting, for a database or a bank. `learnCosts` corrects it as
 * far as hosts did different things at different times; where all operations rise and fall together, only their sum is
 * known, and the shares stay guessed.
 */
import { EDGE, type Costs } from './costs.ts';
import { IDLE_MS, type Counted, type CountedEdge } from './learn.ts';

/** Of calls, before one was seen: measured of ours (docs/benchmarks/calls.json, modes.json). */
const CALLS = {
  localCall: { cpuMs: 0.0005 },
  remoteCall: { callerCpuMs: 0.05, calleeCpuMs: 0.05, latencyMs: 0.2 },
} as const;
/** p99 over mean of exponential times; how long a host is away, and calls of it fail: docs/reports. */
const REST = { waitMs: 0, tail: 4.6, restartS: 3, failoverS: 0.5 } as const;
/** One crash in a month, as long as none is on record. */
const CRASHES_PER_DAY = 1 / 30;
/** Nobody's own time is taken for less than this share of the time that passed there. */
const LEAST_OWN = 0.1;

/** Over all calls, from the mean of those that were timed. */
const secondsOf = ({ calls, timed, seconds }: CountedEdge): number =>
  timed > 0 ? (seconds / timed) * calls : 0;

const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);

interface Share {
  /** CPU of a root at the edge, and of a second spent in a module, ms. */
  readonly edgeMs: number;
  readonly perSecond: ReadonlyMap<string, number>;
}

function shareOut({ windows, roots, rootsS, edges }: Counted, modules: readonly string[]): Share {
  const cpuMs = Math.max(
    0,
    sumOf(windows, ({ cpuS, seconds }) => cpuS * 1_000 - IDLE_MS * seconds),
  );
  const inside = (module: string): number =>
    sumOf(
      edges.filter(({ to }) => to === module),
      secondsOf,
    );
  const outside = (caller: string): number =>
    sumOf(
      edges.filter(({ from }) => from === caller),
      secondsOf,
    );
  const own = (name: string, all: number): number => Math.max(LEAST_OWN * all, all - outside(name));
  const edgeS = own(EDGE, rootsS);
  const times = modules.map((module) => [module, inside(module), own(module, inside(module))] as const);
  const total = edgeS + sumOf(times, ([, , ownS]) => ownS);
  const perOwn = total > 0 ? cpuMs / total : 0;
  return {
    edgeMs: roots > 0 ? (perOwn * edgeS) / roots : 0,
    perSecond: new Map(times.map(([module, all, ownS]) => [module, all > 0 ? (perOwn * ownS) / all : 0])),
  };
}

/**
 * What is believed when costs were learned earlier: those, and the guesses of what is new. Of crashes there is a record,
 * so the guess stays.
 */
export function believedCosts(first: Costs, earlier: Costs): Costs {
  const modules = Object.entries(first.modules).map(([name, guessed]) => {
    const operations = { ...guessed.operations, ...earlier.modules[name]?.operations };
    return [name, { ...guessed, operations }] as const;
  });
  const { restartS, failoverS } = first;
  return { ...earlier, modules: Object.fromEntries(modules), restartS, failoverS };
}

/** @param modules every module of the shop */
export function firstCosts(counted: Counted, modules: readonly string[]): Costs {
  const { edgeMs, perSecond } = shareOut(counted, modules);
  const perRoot = (calls: number): number => (counted.roots > 0 ? calls / counted.roots : 0);
  const costOf = (module: string) => {
    const operations = Map.groupBy(
      counted.edges.filter(({ to }) => to === module),
      ({ operation }) => operation,
    );
    const costs = [...operations].map(([operation, edges]) => {
      const calls = sumOf(edges, (edge) => edge.calls);
      const cpuMs = calls > 0 ? (sumOf(edges, secondsOf) * (perSecond.get(module) ?? 0)) / calls : 0;
      return [operation, { perRoot: perRoot(calls), cpuMs }] as const;
    });
    return { operations: Object.fromEntries(costs), crashesPerDay: CRASHES_PER_DAY };
  };
  return {
    edgeCpuMs: edgeMs,
    modules: Object.fromEntries(modules.map((module) => [module, costOf(module)] as const)),
    calls: [],
    ...CALLS,
    ...REST,
  };
}
