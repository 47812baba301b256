/** What a layout would be like under a load: the three terms of §17.1, each from the same costs. */
import { BUNDLE, type Layout } from '@atlas/control-layout';
import { EDGE, type Costs, type Site } from './costs.ts';
import type { Intent } from './intent.ts';
import { coreStretch, hostTime } from './queue.ts';

export interface Situation {
  readonly costs: Costs;
  readonly site: Site;
  /** Roots per second that are to be borne. */
  readonly rps: number;
}

export interface Prediction {
  /** Of a root, ms; infinite when the layout does not bear the load. */
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly usdPerDay: number;
  /** Share of roots that crashes cost. */
  readonly lost: number;
  readonly hosts: number;
  /** CPU-seconds per root. */
  readonly cpuS: number;
}

const DAY_S = 86_400;
const HOURS = 24;

/** Own CPU of a module in one root, s. */
export const moduleWorkS = ({ modules }: Costs, module: string): number =>
  Object.values(modules[module]?.operations ?? {}).reduce(
    (sum, { perRoot, cpuMs }) => sum + (perRoot * cpuMs) / 1_000,
    0,
  );

/** Share of roots that call a module, at most. */
export const touched = ({ calls }: Costs, module: string): number =>
  Math.min(
    1,
    calls.reduce((sum, { to, perRoot }) => sum + (to === module ? perRoot : 0), 0),
  );

/** Share of a day that one crash a day of a bundle costs: with no other bundle, all roots until it is back. */
export const bundleLoss = ({ restartS, failoverS }: Costs, bundles: number): number =>
  (bundles === 1 ? restartS : failoverS / bundles) / DAY_S;

/** The same of a service, whose standby is the bundle: what called the dead instance until the standby took over. */
export const serviceLoss = ({ failoverS }: Costs, share: number, instances: number): number =>
  (share * failoverS) / instances / DAY_S;

/** Host → CPU that one root needs there, s; and the time on the way between hosts. */
function demands(costs: Costs, layout: Layout): { works: Map<string, number>; wayS: number } {
  const hostOf = (module: string): string =>
    module === EDGE || layout.placements[module] !== 'service' ? BUNDLE : module;
  const works = new Map([[BUNDLE, costs.edgeCpuMs / 1_000]]);
  const add = (host: string, workS: number): unknown => works.set(host, (works.get(host) ?? 0) + workS);
  for (const module of Object.keys(costs.modules)) add(hostOf(module), moduleWorkS(costs, module));
  let wayS = 0;
  for (const { from, to, perRoot } of costs.calls) {
    const [caller, callee] = [hostOf(from), hostOf(to)];
    if (caller === callee) {
      add(caller, (perRoot * costs.localCall.cpuMs) / 1_000);
      continue;
    }
    add(caller, (perRoot * costs.remoteCall.callerCpuMs) / 1_000);
    add(callee, (perRoot * costs.remoteCall.calleeCpuMs) / 1_000);
    wayS += (perRoot * costs.remoteCall.latencyMs) / 1_000;
  }
  return { works, wayS };
}

/**
 * Mean and p99 of a root, cost and risk of a layout. The calls of a root are taken to follow each other; p99 is the mean
 * times the measured `tail`.
 */
export function predict(layout: Layout, { costs, site, rps }: Situation): Prediction {
  const { works, wayS } = demands(costs, layout);
  const cpuS = [...works.values()].reduce((sum, workS) => sum + workS, 0);
  const stretch = coreStretch(cpuS * rps, site.cores);
  let [timeS, lost, hosts] = [costs.waitMs / 1_000 + wayS, 0, 0];
  for (const [host, workS] of works) {
    const instances = layout.instances[host] ?? 1;
    hosts += instances;
    timeS += hostTime(workS * stretch, rps, instances);
  }
  for (const [module, { crashesPerDay }] of Object.entries(costs.modules)) {
    const loss =
      layout.placements[module] === 'service'
        ? serviceLoss(costs, touched(costs, module), layout.instances[module] ?? 1)
        : bundleLoss(costs, layout.instances[BUNDLE] ?? 1);
    lost += crashesPerDay * loss;
  }
  const usdPerDay = HOURS * (site.hostHourUsd * hosts + site.coreHourUsd * cpuS * rps);
  const meanMs = timeS * 1_000;
  return { meanMs, p99Ms: meanMs * costs.tail, usdPerDay, lost, hosts, cpuS };
}

export const CONSTRAINTS = ['latency_p99_ms', 'daily_cost_usd', 'availability', 'replicas'] as const;
export type Constraint = (typeof CONSTRAINTS)[number];

/** How much of what the intent allows a prediction uses up: at most 1 each when it keeps the intent. */
export function usage(
  { p99Ms, usdPerDay, lost, hosts }: Prediction,
  intent: Intent,
): Record<Constraint, number> {
  return {
    latency_p99_ms: p99Ms / intent.latency_p99_ms,
    daily_cost_usd: usdPerDay / intent.daily_cost_usd,
    availability: lost / (1 - intent.availability / 100),
    replicas: hosts / intent.replicas,
  };
}

/** α, β, γ. */
export interface Weights {
  readonly latency: number;
  readonly cost: number;
  readonly risk: number;
}

export const weightsOf = ({ weights }: Intent): Weights => ({
  latency: weights?.latency ?? 1,
  cost: weights?.cost ?? 1,
  risk: weights?.risk ?? 1,
});

/** 0 × ∞ counts nothing here: what has no weight is not looked at. */
const weighed = (weight: number, value: number): number => (weight === 0 ? 0 : weight * value);

/** αL + βC + γR (§17.1), each term as a share of what the intent allows, so the weights have no units. */
export function objective(prediction: Prediction, intent: Intent): number {
  const used = usage(prediction, intent);
  const { latency, cost, risk } = weightsOf(intent);
  return (
    weighed(latency, used.latency_p99_ms) +
    weighed(cost, used.daily_cost_usd) +
    weighed(risk, used.availability)
  );
}

/** The three terms, as people read them: `J 0.31 = 1 × L 0.20 + 1 × C 0.09 + 1 × R 0.02`. */
export function termsLine(prediction: Prediction, intent: Intent): string {
  const used = usage(prediction, intent);
  const { latency, cost, risk } = weightsOf(intent);
  const [l, c, r] = [used.latency_p99_ms, used.daily_cost_usd, used.availability].map((term) =>
    term.toFixed(2),
  );
  const j = objective(prediction, intent).toFixed(2);
  return `J ${j} = ${latency} × L ${l} + ${cost} × C ${c} + ${risk} × R ${r}`;
}
