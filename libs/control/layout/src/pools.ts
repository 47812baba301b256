import { BUNDLE, type Layout } from './layout.ts';

/** Connections of each database pool, by the kind of its host and its module. */
export interface PoolSizes {
  /** In every bundle, module → connections. */
  readonly bundle: Readonly<Record<string, number>>;
  /** In every instance of the module's own service, module → connections; only of modules that have one. */
  readonly service: Readonly<Record<string, number>>;
  /** Over all pools of all hosts. */
  readonly total: number;
  /** False when even one connection for each pool is more than the budget. */
  readonly fits: boolean;
}

const PRIMARY = 4;
const STANDBY = 1;

interface Pool {
  readonly kind: 'bundle' | 'service';
  readonly module: string;
  /** How many hosts have this pool. */
  readonly hosts: number;
  readonly weight: number;
}

/**
 * Divides the connection budget among the pools of all hosts that the live layouts, taken together, use. Every pool
 * gets 1; the rest is divided by weight, 4 where a module is primary in any of the layouts, 1 where it stands by.
 * @param budget business connections over all hosts (60 by default).
 */
export function poolSizes(layouts: Layout | readonly Layout[], budget: number): PoolSizes {
  const pools = poolsOf('placements' in layouts ? [layouts] : layouts);
  const count = sum(pools, ({ hosts }) => hosts);
  const weights = sum(pools, ({ hosts, weight }) => hosts * weight);
  const rest = Math.max(0, Math.floor(budget) - count);
  const sizes = pools.map((pool) => ({ ...pool, size: 1 + Math.floor((rest * pool.weight) / weights) }));
  const of = (kind: Pool['kind']): Record<string, number> =>
    Object.fromEntries(sizes.filter((pool) => pool.kind === kind).map(({ module, size }) => [module, size]));
  return {
    bundle: of('bundle'),
    service: of('service'),
    total: sum(sizes, ({ hosts, size }) => hosts * size),
    fits: count <= budget,
  };
}

function poolsOf(layouts: readonly Layout[]): Pool[] {
  const modules = [...new Set(layouts.flatMap((layout) => Object.keys(layout.placements)))].sort();
  const most = (host: string, among: readonly Layout[]): number =>
    Math.max(0, ...among.map((layout) => layout.instances[host] ?? 1));
  return modules.flatMap((module): Pool[] => {
    const asService = layouts.filter((layout) => layout.placements[module] === 'service');
    const inBundle = layouts.some((layout) => layout.placements[module] === 'bundle');
    const bundles: Pool = {
      kind: 'bundle',
      module,
      hosts: most(BUNDLE, layouts),
      weight: inBundle ? PRIMARY : STANDBY,
    };
    if (asService.length === 0) return [bundles];
    return [bundles, { kind: 'service', module, hosts: most(module, asService), weight: PRIMARY }];
  });
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
