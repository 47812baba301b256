/** Random shops, and the search by brute force that the real one is compared to. */
import { allPlacements, BUNDLE, tightLayout, type Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import {
  objective,
  predict,
  usage,
  type Constraint,
  type Costs,
  type Intent,
  type Situation,
} from '../src/index.ts';

const NAMES = [
  'cart',
  'catalog',
  'payment',
  'shipping',
  'orders',
  'pricing',
  'search',
  'stock',
  'tax',
  'users',
  'reviews',
  'returns',
];

/** Evenly: `fc.double` takes all floating-point numbers alike, and most of them are next to 0. */
const between = (min: number, max: number) =>
  fc.integer({ min: 0, max: 10_000 }).map((part) => min + ((max - min) * part) / 10_000);

const module = fc.record({
  operations: fc.record({ only: fc.record({ perRoot: between(0, 2), cpuMs: between(0, 3) }) }),
  crashesPerDay: between(0, 20),
});

const callsOf = (modules: readonly string[]) =>
  fc.array(
    fc.record({
      from: fc.constantFrom('edge', ...modules),
      to: fc.constantFrom(...modules),
      perRoot: between(0, 3),
    }),
    { maxLength: 3 * modules.length },
  );

const costsOf = (count: number): fc.Arbitrary<Costs> => {
  const names = NAMES.slice(0, count);
  return fc
    .record({
      edgeCpuMs: between(0, 0.5),
      modules: fc.record(Object.fromEntries(names.map((name) => [name, module] as const))),
      calls: callsOf(names),
      localCall: fc.record({ cpuMs: between(0, 0.01) }),
      remoteCall: fc.record({
        callerCpuMs: between(0.01, 0.2),
        calleeCpuMs: between(0, 0.2),
        latencyMs: between(0, 1),
      }),
      waitMs: between(0, 5),
      tail: between(1, 6),
      failoverS: between(0, 2),
    })
    .chain((costs) => between(2, 60).map((restartS) => ({ ...costs, restartS })));
};

/** Of 1 to `most` modules, or of just as many as `most` says. */
export const situations = (most: number, mostInstances = 3, least = 1): fc.Arbitrary<Situation> =>
  fc.record({
    costs: fc.integer({ min: least, max: most }).chain(costsOf),
    site: fc.record({
      cores: fc.integer({ min: 1, max: 8 }),
      coreHourUsd: between(0, 0.1),
      hostHourUsd: between(0, 0.1),
      mostInstances: fc.constant(mostInstances),
    }),
    rps: between(0, 2_000),
  });

/** Some loose, some that nothing keeps. */
export const intents: fc.Arbitrary<Intent> = fc.record({
  latency_p99_ms: between(5, 300),
  daily_cost_usd: between(0.5, 40),
  availability: fc.constantFrom(90, 99, 99.9, 99.99),
  replicas: fc.integer({ min: 1, max: 10 }),
  weights: fc.record({ latency: between(0, 2), cost: between(0, 2), risk: between(0, 2) }),
});

export const tightOf = ({ costs }: Situation): Layout => tightLayout(Object.keys(costs.modules));

/** Every layout there is: all placements times all counts. */
export function* allLayouts({ costs, site }: Situation): Generator<Layout> {
  for (const placements of allPlacements(Object.keys(costs.modules))) {
    const hosts = [BUNDLE, ...Object.keys(placements).filter((name) => placements[name] === 'service')];
    for (let code = 0; code < site.mostInstances ** hosts.length; code += 1) {
      const count = (i: number): number =>
        (Math.floor(code / site.mostInstances ** i) % site.mostInstances) + 1;
      const instances = Object.fromEntries(hosts.map((host, i) => [host, count(i)] as const));
      yield { placements, instances, canary: {}, configVersion: 1 };
    }
  }
}

export const keeps = (
  layout: Layout,
  situation: Situation,
  { intent, constraints }: { readonly intent: Intent; readonly constraints: readonly Constraint[] },
): boolean => {
  const used = usage(predict(layout, situation), intent);
  return constraints.every((constraint) => used[constraint] <= 1 + 1e-9);
};

export const ALL: readonly Constraint[] = ['latency_p99_ms', 'daily_cost_usd', 'availability', 'replicas'];

/** The least objective that keeps the intent; infinite when nothing does. */
export function bruteForce(situation: Situation, intent: Intent): number {
  let best = Infinity;
  for (const layout of allLayouts(situation)) {
    if (!keeps(layout, situation, { intent, constraints: ALL })) continue;
    best = Math.min(best, objective(predict(layout, situation), intent));
  }
  return best;
}
