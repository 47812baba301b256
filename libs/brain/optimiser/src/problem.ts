/** The search's view of a shop: numbers in arrays, index 0 the bundle, index i the i-th module. Seconds and shares. */
import { EDGE } from './costs.ts';
import type { Intent } from './intent.ts';
import {
  bundleLoss,
  moduleWorkS,
  serviceLoss,
  touched,
  weightsOf,
  type Constraint,
  type Situation,
  type Weights,
} from './predict.ts';

export interface Problem {
  readonly modules: readonly string[];
  /** Own CPU of the edge and of each module in one root. */
  readonly ownS: Float64Array;
  readonly edges: readonly Edge[];
  readonly waitS: number;
  readonly rps: number;
  readonly cores: number;
  readonly mostInstances: number;
  readonly crashes: Float64Array;
  /** [instances] → share of roots that one bundle crash a day costs. */
  readonly bundleLoss: Float64Array;
  /** [module][instances] → the same of a service. */
  readonly serviceLoss: readonly Float64Array[];
  /** What one s of mean time, one CPU-second per root, one host and one lost share use up of the intent. */
  readonly perTime: number;
  readonly perWork: number;
  readonly perHost: number;
  readonly perLoss: number;
  /** α and γ, and what one CPU-second per root and one host add to the objective. */
  readonly weights: Pick<Weights, 'latency' | 'risk'> & { readonly work: number; readonly host: number };
  /** Hosts at most. */
  readonly mostHosts: number;
  /** Constraints that hold; the others are not looked at. */
  readonly kept: { readonly latency: boolean; readonly cost: boolean; readonly risk: boolean };
}

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly localS: number;
  readonly callerS: number;
  readonly calleeS: number;
  readonly wayS: number;
}

export interface Wanted {
  readonly intent: Intent;
  readonly constraints: ReadonlySet<Constraint>;
  /** Of another objective than the intent's. */
  readonly weights?: Weights & { readonly hosts?: number };
}

const HOURS = 24;

function edgesOf({ costs }: Situation, modules: readonly string[]): Edge[] {
  const index = (name: string): number => (name === EDGE ? 0 : modules.indexOf(name) + 1);
  return costs.calls.map(({ from, to, perRoot }) => ({
    from: index(from),
    to: index(to),
    localS: (perRoot * costs.localCall.cpuMs) / 1_000,
    callerS: (perRoot * costs.remoteCall.callerCpuMs) / 1_000,
    calleeS: (perRoot * costs.remoteCall.calleeCpuMs) / 1_000,
    wayS: (perRoot * costs.remoteCall.latencyMs) / 1_000,
  }));
}

/** Modules with the most CPU first: what matters most is decided first. */
function ranked({ costs }: Situation): string[] {
  const work = (module: string): number => moduleWorkS(costs, module);
  return Object.keys(costs.modules).sort((a, b) => work(b) - work(a) || (a < b ? -1 : 1));
}

export function problemOf(situation: Situation, { intent, constraints, weights }: Wanted): Problem {
  const { costs, site, rps } = situation;
  const modules = ranked(situation);
  const perWork = (HOURS * site.coreHourUsd * rps) / intent.daily_cost_usd;
  const perHost = (HOURS * site.hostHourUsd) / intent.daily_cost_usd;
  const { latency, cost, risk, hosts = 0 }: NonNullable<Wanted['weights']> = weights ?? weightsOf(intent);
  const counts = Array.from({ length: site.mostInstances + 1 }, (_, k) => k);
  return {
    modules,
    ownS: Float64Array.of(costs.edgeCpuMs / 1_000, ...modules.map((module) => moduleWorkS(costs, module))),
    edges: edgesOf(situation, modules),
    waitS: costs.waitMs / 1_000,
    rps,
    cores: site.cores,
    mostInstances: site.mostInstances,
    crashes: Float64Array.of(0, ...modules.map((module) => costs.modules[module]?.crashesPerDay ?? 0)),
    bundleLoss: Float64Array.from(counts, (k) => bundleLoss(costs, k)),
    serviceLoss: ['', ...modules].map((module) =>
      Float64Array.from(counts, (k) => serviceLoss(costs, touched(costs, module), k)),
    ),
    perTime: (costs.tail * 1_000) / intent.latency_p99_ms,
    perWork,
    perHost,
    perLoss: 1 / (1 - intent.availability / 100),
    weights: { latency, risk, work: cost * perWork, host: cost * perHost + hosts },
    mostHosts: constraints.has('replicas') ? intent.replicas : Infinity,
    kept: {
      latency: constraints.has('latency_p99_ms'),
      cost: constraints.has('daily_cost_usd'),
      risk: constraints.has('availability'),
    },
  };
}
