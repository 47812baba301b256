import { pickDownLink, pickLink, type Directory } from './directory.ts';
import type { Link } from './link.ts';
import { shareOf, type Route, type Target } from './route.ts';

/** Where one attempt goes. `standby`: this host runs it in a primary's place, under its cap. */
export type Choice =
  | { readonly kind: 'local'; readonly standby: boolean }
  | { readonly kind: 'link'; readonly link: Link }
  | { readonly kind: 'nobody' };

export interface ChooseInput {
  readonly route: Route;
  readonly module: string;
  readonly rootId: string;
  /** Nonces that have refused or lost this call. */
  readonly tried: ReadonlySet<string>;
}

function linksOf(directory: Directory, target: Target, { module, rootId }: ChooseInput): readonly Link[] {
  if (target === 'service') return directory.services(module);
  return target === 'bundle' ? directory.bundles(rootId) : [];
}

/**
 * E1: the root's primary; when none of its instances can be had, the standby; then whatever of the two is not
 * reachable at this moment but may come back; else nobody.
 */
export function choose(directory: Directory, input: ChooseInput): Choice {
  const { route, rootId, tried } = input;
  const inShare = route.remainder === undefined || shareOf(rootId) < route.share;
  const primary = inShare ? route.primary : (route.remainder ?? route.primary);
  const allowed =
    primary === route.primary && route.standby !== undefined ? [primary, route.standby] : [primary];
  for (const target of allowed) {
    if (target === 'local') return { kind: 'local', standby: target !== primary };
    const link = pickLink(linksOf(directory, target, input), rootId, tried);
    if (link !== undefined) return { kind: 'link', link };
  }
  for (const target of allowed) {
    const link = pickDownLink(linksOf(directory, target, input), tried);
    if (link !== undefined) return { kind: 'link', link };
  }
  return { kind: 'nobody' };
}
