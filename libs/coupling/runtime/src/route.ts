import type { Layout } from '@atlas/control-layout';
import type { HostIdentity } from './host.ts';

/** Where a call goes, as seen from one host. */
export type Target = 'local' | 'service' | 'bundle';

/** All that one layout says about one module's calls from one host. */
export interface Route {
  readonly primary: Target;
  /** Share, in (0, 1], of roots that go to `primary`; the rest goes to `remainder` (a canary). */
  readonly share: number;
  /** Set when `share` is below 1: the module's other primary. */
  readonly remainder: Target | undefined;
  /** Used when no primary instance is available; the bundle, when the primary is a service (E1). */
  readonly standby: Target | undefined;
}

/** The route of a module's calls from `host` under `layout` (E1). Undefined: the layout does not name the module. */
export function routeFor(layout: Layout, host: HostIdentity, module: string): Route | undefined {
  const placement = layout.placements[module];
  if (placement === undefined) return undefined;
  const bundle: Target = host.kind === 'bundle' ? 'local' : 'bundle';
  if (placement === 'bundle') return { primary: bundle, share: 1, remainder: undefined, standby: undefined };
  const own = host.kind === 'service' && host.modules.includes(module);
  const share = layout.canary[module] ?? 1;
  return {
    primary: own ? 'local' : 'service',
    share,
    remainder: share < 1 ? bundle : undefined,
    standby: own ? undefined : bundle,
  };
}

/**
 * What `host` is to a root's calls of `module` under `layout`: its primary, its standby, or, undefined, neither (E1).
 */
export function roleOf(
  layout: Layout,
  host: HostIdentity,
  module: string,
  rootId: string,
): 'primary' | 'standby' | undefined {
  const placement = layout.placements[module];
  if (placement === undefined || !host.modules.includes(module)) return undefined;
  if (host.kind === 'service') return placement === 'service' ? 'primary' : undefined;
  if (placement === 'bundle') return 'primary';
  const canary = layout.canary[module];
  return canary !== undefined && shareOf(rootId) >= canary ? 'primary' : 'standby';
}

/** A root's number in [0, 1): the same in every process, spread evenly over consecutive ids. */
export function shareOf(rootId: string): number {
  const seed = Number.parseInt(rootId.slice(0, 8), 16) ^ Number.parseInt(rootId.slice(8), 16);
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
