/** Layouts: pure data. Placements, instance counts, canary weights and configuration version; never addresses. */

/** Where a module's primary is. The bundle is every service's standby. */
export type Placement = 'bundle' | 'service';
export type Mode = 'tight' | 'hybrid' | 'loose';

export interface Layout {
  /** Module name → where its primary is. Every module of the shop is named. */
  readonly placements: Readonly<Record<string, Placement>>;
  /** Bundles (`bundle`, ≥ 1) and instances (≥ 1) of each module that is placed as a service. */
  readonly instances: Readonly<Record<string, number>>;
  /** Module → share (0–1] of its calls that go to the service; absent: all. */
  readonly canary: Readonly<Record<string, number>>;
  /** Version of the runtime configuration that is in force with this layout. */
  readonly configVersion: number;
}

/** A layout that was proposed or put in force under its epoch. Immutable. */
export interface LayoutRecord {
  readonly epoch: number;
  readonly layout: Layout;
}

export const BUNDLE = 'bundle';

/** All in the bundle: tight. All services: loose. Else hybrid. */
export function modeOf(layout: Layout): Mode {
  const placements = Object.values(layout.placements);
  const services = placements.filter((placement) => placement === 'service').length;
  if (services === 0) return 'tight';
  return services === placements.length ? 'loose' : 'hybrid';
}

/** Names of the modules placed as services, sorted. */
export function servicesOf(layout: Layout): string[] {
  return Object.keys(layout.placements)
    .filter((module) => layout.placements[module] === 'service')
    .sort();
}
