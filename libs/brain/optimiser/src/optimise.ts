/** The layout with the least αL + βC + γR under the intent (§17), or which parts of the intent are in conflict. */
import { BUNDLE, MOST_INSTANCES, tightLayout, type Layout } from '@atlas/control-layout';
import { flawsOfCosts } from './costs.ts';
import type { Intent } from './intent.ts';
import {
  CONSTRAINTS,
  objective,
  predict,
  type Constraint,
  type Prediction,
  type Situation,
} from './predict.ts';
import { problemsOf, type Problem } from './problem.ts';
import { search, type Search } from './search.ts';

/** More modules are left to the table: the search is exact, or it says nothing. Measured: docs/benchmarks/optimiser.json. */
export const MOST_MODULES = 12;
/** The search ends after this many steps, and says so. */
export const MOST_STEPS = 10_000;

/** A part of the intent that cannot be kept together with the others named beside it. */
export interface Conflict {
  readonly constraint: Constraint;
  /** As the intent has it. */
  readonly limit: number;
  /** The best value that keeps the others named beside it, in the limit's unit; infinite or 0 % when nothing does. */
  readonly reachable: number;
}

export type Optimum =
  | {
      readonly kind: 'best';
      readonly layout: Layout;
      readonly prediction: Prediction;
      readonly objective: number;
      readonly steps: number;
    }
  /** No layout keeps the intent; without any one of these, some layout would. */
  | { readonly kind: 'infeasible'; readonly conflicts: readonly Conflict[] }
  /** Nothing is known: too many modules or steps, or costs that make no sense. */
  | { readonly kind: 'unknown'; readonly because: string };

const ALL: ReadonlySet<Constraint> = new Set(CONSTRAINTS);
const UNWEIGHED = { latency: 0, cost: 0, risk: 0 };

/** Fields that are not searched, such as the version of the configuration, are those of `current`. */
export function optimise(current: Layout, situation: Situation, intent: Intent): Optimum {
  const because = unfit(current, situation);
  if (because !== undefined) return { kind: 'unknown', because };
  const problems = problemsOf(situation, intent);
  const { found, steps, exact } = run(problems({ constraints: ALL }));
  if (!exact) return tooLong;
  if (!found) return conflictsOf({ situation, intent, problems });
  const layout = layoutOf(current, found);
  const prediction = predict(layout, situation);
  return { kind: 'best', layout, prediction, objective: objective(prediction, intent), steps };
}

const tooLong: Optimum = { kind: 'unknown', because: `not proved within ${MOST_STEPS} steps` };

function unfit({ placements }: Layout, { costs, site, rps }: Situation): string | undefined {
  const modules = Object.keys(placements);
  const missing = modules.filter((module) => !Object.hasOwn(costs.modules, module));
  if (missing.length > 0) return `no costs are known of ${missing.join(', ')}`;
  if (modules.length !== Object.keys(costs.modules).length) return 'there are costs of unknown modules';
  if (modules.length > MOST_MODULES) return `${modules.length} modules, at most ${MOST_MODULES} are searched`;
  if (!(rps >= 0 && Number.isFinite(rps))) return 'the load is not known';
  if (site.mostInstances > MOST_INSTANCES) return `mostInstances must be at most ${MOST_INSTANCES}`;
  return flawsOfCosts(costs, site)[0];
}

interface Placed {
  /** As they were searched for. */
  readonly instances: Int8Array;
  /** Module → instances as a service. */
  readonly services: ReadonlyMap<string, number>;
  readonly bundles: number;
}

function run(
  problem: Problem,
  known?: Placed,
): Omit<Search, 'found'> & { readonly found: Placed | undefined } {
  const { found, steps, exact } = search(problem, MOST_STEPS, known?.instances);
  if (!found) return { found, steps, exact };
  const services = problem.modules.flatMap((module, i): [string, number][] => {
    const instances = found.instances[i + 1] ?? 0;
    return instances > 0 ? [[module, instances]] : [];
  });
  const { instances } = found;
  return { found: { instances, services: new Map(services), bundles: instances[0] ?? 1 }, steps, exact };
}

function layoutOf(current: Layout, { services, bundles }: Placed): Layout {
  const placements = Object.keys(current.placements).map(
    (module) => [module, services.has(module) ? 'service' : 'bundle'] as const,
  );
  return {
    ...current,
    placements: Object.fromEntries(placements),
    instances: { [BUNDLE]: bundles, ...Object.fromEntries(services) },
    canary: {},
  };
}

interface Asked {
  readonly situation: Situation;
  readonly intent: Intent;
  readonly problems: ReturnType<typeof problemsOf>;
}

/** Leaves out one constraint after the other; what can be left out though nothing is found is not part of the conflict. */
function conflictsOf(asked: Asked): Optimum {
  const constraints = new Set(CONSTRAINTS);
  const without = new Map<Constraint, Placed>();
  for (const constraint of CONSTRAINTS) {
    constraints.delete(constraint);
    const { found, exact } = run(asked.problems({ constraints, weights: UNWEIGHED }));
    if (!exact) return tooLong;
    if (!found) continue;
    constraints.add(constraint);
    without.set(constraint, found);
  }
  const conflicts = [...constraints].map((constraint) => {
    const others = new Set([...constraints].filter((other) => other !== constraint));
    const best = reachable(constraint, { ...asked, others, known: without.get(constraint) });
    return { constraint, limit: asked.intent[constraint], reachable: best };
  });
  return { kind: 'infeasible', conflicts };
}

interface Reaching extends Asked {
  readonly others: ReadonlySet<Constraint>;
  /** Keeps the others. */
  readonly known: Placed | undefined;
}

/** The best value of one constraint under the others; see `Conflict`. */
function reachable(constraint: Constraint, { situation, problems, others, known }: Reaching): number {
  const weights = { ...UNWEIGHED, ...ONLY[constraint] };
  const { found } = run(problems({ constraints: others, weights }), known);
  const [worst, used] = [
    constraint === 'availability' ? 0 : Infinity,
    found && predictPlaced(situation, found),
  ];
  if (!used) return worst;
  if (constraint === 'availability') return 100 * (1 - used.lost);
  if (constraint === 'replicas') return used.hosts;
  return constraint === 'latency_p99_ms' ? used.p99Ms : used.usdPerDay;
}

const ONLY = {
  latency_p99_ms: { latency: 1 },
  daily_cost_usd: { cost: 1 },
  availability: { risk: 1 },
  replicas: { hosts: 1 },
} as const;

const predictPlaced = (situation: Situation, placed: Placed): Prediction =>
  predict(layoutOf(tightLayout(Object.keys(situation.costs.modules)), placed), situation);
