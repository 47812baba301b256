import * as fc from 'fast-check';
import { MOST_INSTANCES, servicesOf, type Layout } from '../src/index.ts';

/** Module names of a shop: some, different, none of them named like a member of Object. */
export const modulesOf = fc.uniqueArray(fc.stringMatching(/^m[a-z]{1,4}$/), { minLength: 1, maxLength: 6 });

const count = fc.integer({ min: 1, max: MOST_INSTANCES });

/** Valid layouts of these modules. */
export const layoutOf = (modules: readonly string[]): fc.Arbitrary<Layout> =>
  fc
    .tuple(
      fc.array(fc.constantFrom('bundle' as const, 'service' as const), {
        minLength: modules.length,
        maxLength: modules.length,
      }),
      fc.array(count, { minLength: modules.length + 1, maxLength: modules.length + 1 }),
    )
    .map(([places, counts]) => {
      const placements = Object.fromEntries(
        modules.map((module, i) => [module, places[i] ?? 'bundle'] as const),
      );
      const layout = { placements, instances: {}, canary: {}, configVersion: 1 };
      const hosts = ['bundle', ...servicesOf(layout)];
      return { ...layout, instances: Object.fromEntries(hosts.map((host, i) => [host, counts[i] ?? 1])) };
    });

export const shop = modulesOf.chain((modules) =>
  fc.record({ modules: fc.constant(modules), layout: layoutOf(modules), other: layoutOf(modules) }),
);
