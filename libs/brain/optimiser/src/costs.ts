/** What the optimiser knows of a shop: typed numbers, learned from what hosts count (`learnCosts`) or given. */

/** Caller of the calls that the edge itself makes. */
export const EDGE = 'edge';

/** One edge of the call graph. */
export interface CallEdge {
  /** A module, or `edge`. */
  readonly from: string;
  /** A module. */
  readonly to: string;
  /** Mean calls in one root. */
  readonly perRoot: number;
}

export interface OperationCost {
  /** Mean calls in one root. */
  readonly perRoot: number;
  /** CPU of one call without the calls that it makes, ms. */
  readonly cpuMs: number;
}

export interface ModuleCosts {
  /** Operation → what it takes. */
  readonly operations: Readonly<Record<string, OperationCost>>;
  /** Crashes of a host that this module's code causes in a day. */
  readonly crashesPerDay: number;
}

export interface Costs {
  /** CPU of a bundle for one root besides modules and calls, ms. */
  readonly edgeCpuMs: number;
  readonly modules: Readonly<Record<string, ModuleCosts>>;
  readonly calls: readonly CallEdge[];
  /** A call within one process. */
  readonly localCall: { readonly cpuMs: number };
  /** A call to another process: CPU on either side, and time on the way that is nobody's CPU, ms. */
  readonly remoteCall: {
    readonly callerCpuMs: number;
    readonly calleeCpuMs: number;
    readonly latencyMs: number;
  };
  /** Time of one root that no layout changes (database, disk), ms. */
  readonly waitMs: number;
  /** p99 over mean of a root's time, ≥ 1; 4.6 where times are exponential. */
  readonly tail: number;
  /** How long a crash keeps the last bundle away, s; at least `failoverS`. */
  readonly restartS: number;
  /** How long roots fail until a standby or another instance has taken over, s. */
  readonly failoverS: number;
}

/** Where the shop runs. */
export interface Site {
  /** Cores that all hosts share. */
  readonly cores: number;
  readonly coreHourUsd: number;
  /** Memory and all that one host costs though it idles. */
  readonly hostHourUsd: number;
  /** Instances of one host at most (`MOST_INSTANCES` of layouts). */
  readonly mostInstances: number;
}

const isCost = (value: number): boolean => Number.isFinite(value) && value >= 0;

/** Everything that is wrong with costs, one sentence each; empty when a layout may be searched with them. */
export function flawsOfCosts(costs: Costs, site: Site): string[] {
  const { localCall, remoteCall, modules } = costs;
  const numbers: Record<string, number> = {
    edgeCpuMs: costs.edgeCpuMs,
    'localCall.cpuMs': localCall.cpuMs,
    'remoteCall.callerCpuMs': remoteCall.callerCpuMs,
    'remoteCall.calleeCpuMs': remoteCall.calleeCpuMs,
    'remoteCall.latencyMs': remoteCall.latencyMs,
    waitMs: costs.waitMs,
    restartS: costs.restartS,
    failoverS: costs.failoverS,
    coreHourUsd: site.coreHourUsd,
    hostHourUsd: site.hostHourUsd,
  };
  const flaws = Object.entries(numbers).flatMap(([name, value]) =>
    isCost(value) ? [] : [`${name} must be a number from 0`],
  );
  if (!(costs.tail >= 1 && Number.isFinite(costs.tail))) flaws.push('tail must be a number from 1');
  // R2 of `relaxation.ts` rests on it: to move a callee out never makes its caller's host less busy by the call itself.
  if (remoteCall.callerCpuMs < localCall.cpuMs)
    flaws.push('a remote call must take its caller at least the CPU of a local one');
  if (costs.restartS < costs.failoverS) flaws.push('restartS must be at least failoverS');
  if (!(site.cores > 0)) flaws.push('cores must be above 0');
  if (!(Number.isInteger(site.mostInstances) && site.mostInstances >= 1))
    flaws.push('mostInstances must be a whole number from 1');
  return [...flaws, ...flawsOfModules(modules), ...flawsOfCalls(costs)];
}

const flawsOfModules = (modules: Costs['modules']): string[] =>
  Object.entries(modules).flatMap(([module, { operations, crashesPerDay }]) => {
    const wrong = Object.entries(operations).filter(
      ([, { perRoot, cpuMs }]) => !isCost(perRoot) || !isCost(cpuMs),
    );
    return [
      ...wrong.map(([name]) => `${module}.${name} must have numbers from 0`),
      ...(isCost(crashesPerDay) ? [] : [`${module}.crashesPerDay must be a number from 0`]),
    ];
  });

const flawsOfCalls = ({ calls, modules }: Costs): string[] =>
  calls.flatMap(({ from, to, perRoot }) => {
    const known = (from === EDGE || Object.hasOwn(modules, from)) && Object.hasOwn(modules, to);
    if (!known) return [`calls from ${from} to ${to} name an unknown module`];
    return isCost(perRoot) ? [] : [`calls from ${from} to ${to} must be a number from 0`];
  });
