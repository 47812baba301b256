import { BUNDLE, servicesOf, type Layout, type Placement } from './layout.ts';

/** Everything in one bundle: the shape that every shop starts with. */
export function tightLayout(modules: readonly string[]): Layout {
  return {
    placements: Object.fromEntries(modules.map((module) => [module, 'bundle' as const])),
    instances: { [BUNDLE]: 1 },
    canary: {},
    configVersion: 1,
  };
}

/** All 2^n ways to place n modules, from all in the bundle to all as services. */
export function allPlacements(modules: readonly string[]): Readonly<Record<string, Placement>>[] {
  return Array.from({ length: 2 ** modules.length }, (_, bits) =>
    Object.fromEntries(
      modules.map(
        (module, i) => [module, Math.floor(bits / 2 ** i) % 2 === 1 ? 'service' : 'bundle'] as const,
      ),
    ),
  );
}

/** Whether two layouts route alike: absent instances are 1, an absent canary is the whole, order means nothing. */
export function sameLayout(a: Layout, b: Layout): boolean {
  return JSON.stringify(essence(a)) === JSON.stringify(essence(b));
}

function essence(layout: Layout): unknown {
  const services = servicesOf(layout);
  return [
    Object.entries(layout.placements).sort(byKey),
    [BUNDLE, ...services].map((host) => layout.instances[host] ?? 1),
    services.map((module) => layout.canary[module] ?? 1),
    layout.configVersion,
  ];
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
