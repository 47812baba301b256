import type { Layout } from './layout.ts';

/** What a host may be for a module's calls: see `allowedEndpoint`. */
export type EndpointRole = 'primary' | 'standby' | 'no';

/**
 * E1: whether a layout lets a host serve a module. A module in the bundle has its primary there and no standby; a
 * service's primary is the service, its standby the bundle. A host that has not loaded the module is none.
 */
export function allowedEndpoint(
  layout: Layout,
  module: string,
  host: { readonly kind: 'bundle' | 'service'; readonly modules: readonly string[] },
): EndpointRole {
  if (!host.modules.includes(module)) return 'no';
  const placement = Object.hasOwn(layout.placements, module) ? layout.placements[module] : undefined;
  if (placement === undefined) return 'no';
  if (placement === host.kind) return 'primary';
  return host.kind === 'bundle' ? 'standby' : 'no';
}
