/** Which modules a switch puts on trial. Pure. */
import { BUNDLE, type Layout } from '@atlas/control-layout';
import type { SwitchState } from './state.ts';

const instancesOf = (layout: Layout, module: string): number =>
  layout.instances[layout.placements[module] === 'service' ? module : BUNDLE] ?? 1;

/**
 * Modules whose calls may meet something new: another place, another share of it, more processes, or another
 * configuration. Fewer processes of the same are nothing new. Sorted.
 */
export function movedModules(from: Layout, to: Layout): string[] {
  return Object.keys(to.placements)
    .filter(
      (module) =>
        from.configVersion !== to.configVersion ||
        from.placements[module] !== to.placements[module] ||
        (from.canary[module] ?? 1) !== (to.canary[module] ?? 1) ||
        instancesOf(to, module) > instancesOf(from, module),
    )
    .sort();
}

/** Modules on trial once the switch is committed; none for bootstraps, rollbacks and reverts. */
export const modulesOnTrial = ({ kind, from, to }: SwitchState): string[] =>
  kind === 'switch' && from !== null ? movedModules(from.layout, to) : [];
