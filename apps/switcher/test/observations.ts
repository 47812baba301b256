/** Small makers of observations and switch states for tests of the machine. */
import type { Layout, LayoutRecord } from '@atlas/control-layout';
import type { LeaseRow } from '@atlas/control-store';
import {
  appOf,
  firstLayout,
  ordinalOf,
  summaryOf,
  TRIAL_MOST_MS,
  type HostView,
  type Observation,
  type OpenSwitch,
  type SwitchState,
} from '../src/machine/index.ts';
import type { Stage } from '../src/machine/state.ts';
import { SHOP } from './cluster.ts';

export const TIGHT: Layout = firstLayout(SHOP);
export const CART: Layout = {
  ...TIGHT,
  placements: { ...TIGHT.placements, cart: 'service' },
  instances: { bundle: 1, cart: 1 },
};
export const layout = (epoch: number, of: Layout = TIGHT): LayoutRecord => ({ epoch, layout: of });

export function lease(instance: string, changes: Partial<LeaseRow> = {}): LeaseRow {
  const bundle = appOf(instance) === SHOP.bundle;
  return {
    instance,
    nonce: instance,
    kind: bundle ? 'bundle' : 'service',
    modules: [],
    rpc: '127.0.0.1:1',
    metricsUrl: null,
    pid: 1,
    build: 'b',
    contractHash: 'c',
    health: 'ready',
    acked: [1, 2],
    closedThrough: bundle ? 0 : null,
    roots: {},
    rssMb: 1,
    memoryLimitMb: 2,
    renewedAt: 0,
    live: true,
    ...changes,
  };
}

export function host(
  instance: string,
  changes: Partial<Omit<HostView, 'lease'>> & { readonly lease?: Partial<LeaseRow> | null } = {},
): HostView {
  const { lease: of = {}, ...rest } = changes;
  return {
    instance,
    nonce: instance,
    app: appOf(instance),
    ordinal: ordinalOf(instance),
    createdAt: 9_000,
    process: 'alive',
    driven: true,
    spawned: true,
    stopping: false,
    kept: false,
    keptUntil: null,
    reserve: false,
    blank: false,
    stuck: false,
    fenced: false,
    lease: of === null ? null : lease(instance, of),
    ...rest,
  };
}

export function seen(changes: Partial<Observation> = {}): Observation {
  return {
    now: 10_000,
    trusted: true,
    contactSince: 0,
    committed: layout(1),
    prepared: null,
    live: [layout(1)],
    trial: null,
    tallies: [],
    earlier: [],
    hosts: [host('shop-0')],
    exits: [],
    open: [],
    abortRequests: [],
    bundle: SHOP.bundle,
    coldStartsAtOnce: 2,
    keepWarmMs: 0,
    prewarm: null,
    trialMostMs: TRIAL_MOST_MS,
    spares: null,
    obstacle: null,
    ...changes,
  };
}

export function switching(stage: Stage, changes: Partial<SwitchState> = {}): SwitchState {
  return {
    id: 'sw-1',
    kind: 'switch',
    source: 'operator',
    reason: '',
    from: layout(1),
    to: CART,
    decidedAt: 9_000,
    bodyHash: null,
    times: { prepareMs: null, routedMs: null, drainMs: null },
    notes: [],
    stage,
    ...changes,
  };
}

/** Another open switch. */
export const other = (stage: Stage, changes: Partial<SwitchState> = {}): OpenSwitch =>
  summaryOf(switching(stage, { id: 'sw-2', ...changes }));
