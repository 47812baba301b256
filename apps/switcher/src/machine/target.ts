/** From a wish to a layout. Pure. */
import { BUNDLE, type Layout, type Mode, type Placement } from '@atlas/control-layout';
import type { Level } from './autonomy.ts';
import type { Spares } from './observation.ts';

/** What the shop consists of; data, so that nothing here knows how many modules there are. */
export interface ShopShape {
  readonly bundle: string;
  readonly modules: readonly string[];
  /** Modules that `hybrid` alone extracts. */
  readonly hybrid: readonly string[];
  /** Business connections of all hosts together. */
  readonly poolBudget: number;
  /** Hosts that may be loading at once, one for each spare core; absent: 2. */
  readonly coldStartsAtOnce?: number;
  /** How long a service that is not needed any more is kept warm, ms from the commit; absent: not at all. */
  readonly keepWarmMs?: number;
  /** Longest trial, ms; absent: 60,000. */
  readonly trialMostMs?: number;
  /** What brain and emergency may do until an operator sets a level; absent: 0, nothing. */
  readonly autonomy?: Level;
  /** Names this start of the stack; absent: it has but one. */
  readonly start?: string;
  /** Processes that wait blank; absent: none do. */
  readonly spares?: Spares;
}

/** Either a mode or placements (modules that are not named go to the bundle), and counts (default 1). */
export interface Wish {
  readonly mode?: Mode;
  readonly placements?: Readonly<Record<string, Placement>>;
  readonly instances?: Readonly<Record<string, number>>;
}

export type Target = { readonly layout: Layout } | { readonly wrong: string; readonly field: string };

const placed = (modules: readonly string[], services: readonly string[]): Record<string, Placement> =>
  Object.fromEntries(modules.map((module) => [module, services.includes(module) ? 'service' : 'bundle']));

/** Modules that are wanted as services. */
function servicesWanted({ placements, mode }: Wish, shop: ShopShape): readonly string[] {
  if (placements) return shop.modules.filter((module) => placements[module] === 'service');
  if (mode === 'loose') return shop.modules;
  return mode === 'hybrid' ? shop.hybrid : [];
}

/** The layout that is meant, or the field that makes no sense. Canary and configuration stay as they are. */
export function targetOf(wish: Wish, shop: ShopShape, current: Layout | null): Target {
  if ((wish.mode === undefined) === (wish.placements === undefined)) {
    return { field: 'mode', wrong: 'give either "mode" or "placements"' };
  }
  const stranger = Object.keys(wish.placements ?? {}).find((name) => !shop.modules.includes(name));
  if (stranger !== undefined)
    return { field: `placements.${stranger}`, wrong: `there is no module "${stranger}"` };
  const services = servicesWanted(wish, shop);
  const placements = placed(shop.modules, services);
  const countable = [BUNDLE, ...services];
  const uncounted = Object.keys(wish.instances ?? {}).find((name) => !countable.includes(name));
  if (uncounted !== undefined) {
    return { field: `instances.${uncounted}`, wrong: `"${uncounted}" is not placed as a service` };
  }
  const instances = Object.fromEntries(countable.map((name) => [name, wish.instances?.[name] ?? 1]));
  const canary = Object.fromEntries(
    Object.entries(current?.canary ?? {}).filter(([module]) => services.includes(module)),
  );
  return { layout: { placements, instances, canary, configVersion: current?.configVersion ?? 1 } };
}

/** The first layout: all in one bundle. */
export const firstLayout = (shop: ShopShape): Layout => ({
  placements: placed(shop.modules, []),
  instances: { [BUNDLE]: 1 },
  canary: {},
  configVersion: 1,
});
