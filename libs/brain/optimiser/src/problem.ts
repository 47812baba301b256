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
  /** [module][instances] → share of the allowed loss that crashes of its code take: in that many bundles, and services. */
  readonly bundleLoss: readonly Float64Array[];
  readonly serviceLoss: readonly Float64Array[];
  /** Share of the allowed time that one s of mean time is. */
  readonly perTime: number;
  /** Whose sum is to be least. */
  readonly objective: Price;
  /** One for each constraint that holds: a layout that keeps it pays at most 1. */
  readonly limits: readonly Price[];
  /** Layouts that pay more are none: they break a limit, or take a billion times what the intent allows. */
  readonly ceiling: number;
  /** Two layouts pay the same, or differ by more than this. */
  readonly grain: number;
}

/** What is paid for what a layout uses up. */
export interface Price {
  /** For all the time, and all the loss, that the intent allows. */
  readonly time: number;
  readonly loss: number;
  /** For one CPU-second in a root. */
  readonly work: number;
  readonly host: number;
}

const FREE: Price = { time: 0, loss: 0, work: 0, host: 0 };
/** Times what the intent allows: as good as never. */
const FAR = 1e9;

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly localS: number;
  readonly callerS: number;
  readonly calleeS: number;
  readonly wayS: number;
}

export interface Wanted {
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
  const works = Object.keys(costs.modules).map((module) => [module, moduleWorkS(costs, module)] as const);
  return works.sort(([a, workA], [b, workB]) => workB - workA || (a < b ? -1 : 1)).map(([module]) => module);
}

/** What all problems of a shop have in common. */
function shopOf(
  situation: Situation,
  intent: Intent,
): Omit<Problem, 'objective' | 'limits' | 'ceiling' | 'grain'> {
  const { costs, site, rps } = situation;
  const modules = ranked(situation);
  const counts = Array.from({ length: site.mostInstances + 1 }, (_, k) => k);
  const perLoss = 1 / (1 - intent.availability / 100);
  const lossOf = (lossOfOne: (module: string, instances: number) => number): Float64Array[] =>
    ['', ...modules].map((module) => {
      const crashes = costs.modules[module]?.crashesPerDay ?? 0;
      return Float64Array.from(counts, (k) => perLoss * crashes * (k > 0 ? lossOfOne(module, k) : 0));
    });
  return {
    modules,
    ownS: Float64Array.of(costs.edgeCpuMs / 1_000, ...modules.map((module) => moduleWorkS(costs, module))),
    edges: edgesOf(situation, modules),
    waitS: costs.waitMs / 1_000,
    rps,
    cores: site.cores,
    mostInstances: site.mostInstances,
    bundleLoss: lossOf((_, k) => bundleLoss(costs, k)),
    serviceLoss: lossOf((module, k) => serviceLoss(costs, touched(costs, module), k)),
    perTime: (costs.tail * 1_000) / intent.latency_p99_ms,
  };
}

/** The problems of a shop and its intent, one for each thing that is wanted. */
export function problemsOf(situation: Situation, intent: Intent): (wanted: Wanted) => Problem {
  const shop = shopOf(situation, intent);
  const work = (HOURS * situation.site.coreHourUsd * situation.rps) / intent.daily_cost_usd;
  const host = (HOURS * situation.site.hostHourUsd) / intent.daily_cost_usd;
  const limits = {
    latency_p99_ms: { ...FREE, time: 1 },
    daily_cost_usd: { ...FREE, work, host },
    availability: { ...FREE, loss: 1 },
    replicas: { ...FREE, host: 1 / intent.replicas },
  };
  return ({ constraints, weights }) => {
    const { latency, cost, risk, hosts = 0 }: NonNullable<Wanted['weights']> = weights ?? weightsOf(intent);
    const most = (constraint: Constraint): number => (constraints.has(constraint) ? 1 : FAR);
    return {
      ...shop,
      objective: { time: latency, loss: risk, work: cost * work, host: cost * host + hosts },
      limits: [...constraints].map((constraint) => limits[constraint]),
      ceiling:
        1 +
        latency * most('latency_p99_ms') +
        cost * most('daily_cost_usd') +
        risk * most('availability') +
        hosts * FAR,
      grain: latency + cost + risk === 0 ? 0.999 * hosts : 0,
    };
  };
}
