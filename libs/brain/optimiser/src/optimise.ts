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
import { search, type Search, type Start } from './search.ts';

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
  /** No layout keeps all of these; without any one of them, some layout keeps the others. */
  | { readonly kind: 'infeasible'; readonly conflicts: readonly Conflict[] }
  /** Nothing is known: too many modules or steps, or costs that make no sense. */
  | { readonly kind: 'unknown'; readonly because: string };

const ALL: ReadonlySet<Constraint> = new Set(CONSTRAINTS);
const UNWEIGHED = { latency: 0, cost: 0, risk: 0 };

/** Fields that are not searched, such as the version of the configuration, are those of `current`. */
export function optimise(current: Layout, situation: Situation, intent: Intent): Optimum {
  const because = unfit(current, situation);
  if (because !== undefined) return { kind: 'unknown', because };
  const asked = { situation, intent, problems: problemsOf(situation, intent) };
  try {
    const { found, steps } = run(asked.problems({ constraints: ALL }));
    if (!found) return { kind: 'infeasible', conflicts: conflictsOf(asked) };
    const layout = layoutOf(current, found);
    const prediction = predict(layout, situation);
    return { kind: 'best', layout, prediction, objective: objective(prediction, intent), steps };
  } catch (error) {
    if (error instanceof TooLongError) return { kind: 'unknown', because: error.message };
    throw error;
  }
}

/** A search ended before it was through: nothing that it found or did not find is proved. */
class TooLongError extends Error {
  constructor() {
    super(`not proved within ${MOST_STEPS} steps`);
  }
}

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

interface Run extends Pick<Search, 'steps' | 'needed'> {
  readonly found: Placed | undefined;
}

/** @throws TooLongError */
function run(problem: Problem, start?: Start): Run {
  const { found, steps, exact, needed } = search(problem, MOST_STEPS, start);
  if (!exact) throw new TooLongError();
  if (!found) return { found, steps, needed };
  const services = problem.modules.flatMap((module, i): [string, number][] => {
    const instances = found.instances[i + 1] ?? 0;
    return instances > 0 ? [[module, instances]] : [];
  });
  const { instances } = found;
  return { found: { instances, services: new Map(services), bundles: instances[0] ?? 1 }, steps, needed };
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

/**
 * Constraints that no layout keeps together, though without any one of them some layout would, and how far each could be
 * kept. What a proof does not need is left out at once; of the rest, what can be left out though nothing is found.
 */
function conflictsOf(asked: Asked): Conflict[] {
  const without = new Map<Constraint, Placed>();
  const tried = (constraints: ReadonlySet<Constraint>, charge?: number) => {
    const { found, needed } = run(asked.problems({ constraints, weights: UNWEIGHED }), { charge });
    return { found, rest: new Set([...constraints].filter((_, c) => needed[c])) };
  };
  let left = tried(ALL, 0).rest;
  for (const constraint of CONSTRAINTS) {
    if (!left.has(constraint)) continue;
    const { found, rest } = tried(butFor(constraint, left));
    if (found) without.set(constraint, found);
    else left = rest;
  }
  return [...left].map((constraint) => {
    const known = without.get(constraint);
    const best = reachable(constraint, { ...asked, others: butFor(constraint, left), known });
    return { constraint, limit: asked.intent[constraint], reachable: best };
  });
}

const butFor = (constraint: Constraint, constraints: ReadonlySet<Constraint>): Set<Constraint> =>
  new Set([...constraints].filter((other) => other !== constraint));

interface Reaching extends Asked {
  readonly others: ReadonlySet<Constraint>;
  /** Keeps the others. */
  readonly known: Placed | undefined;
}

/** The best value of one constraint under the others; see `Conflict`. */
function reachable(constraint: Constraint, { situation, problems, others, known }: Reaching): number {
  const weights = { ...UNWEIGHED, ...ONLY[constraint] };
  const { found } = run(problems({ constraints: others, weights }), { known: known?.instances });
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
