/** What the control API shows: flat, JSON-safe, modes as words. */
import { modeOf, type Layout, type LayoutRecord, type Mode, type Placement } from '@atlas/control-layout';
import {
  isLive,
  outcomeOf,
  type HostView,
  type Observation,
  type Outcome,
  type Phase,
  type Source,
  type SwitchState,
} from '../machine/index.ts';

export interface SwitchView {
  readonly id: string;
  readonly kind: SwitchState['kind'];
  readonly source: Source;
  readonly reason: string;
  readonly phase: Phase;
  /** Null until it is certain: `committed` from the commit on, though roots of the old epoch may still run. */
  readonly outcome: Outcome | null;
  /** Nothing is left to do. */
  readonly done: boolean;
  readonly fromEpoch: number | null;
  readonly epoch: number | null;
  readonly from: Mode | null;
  readonly to: Mode;
  readonly fromPlacements: Readonly<Record<string, Placement>> | null;
  readonly toPlacements: Readonly<Record<string, Placement>>;
  readonly fromInstances: Readonly<Record<string, number>> | null;
  readonly toInstances: Readonly<Record<string, number>>;
  readonly prepareMs: number | null;
  readonly routedMs: number | null;
  readonly drainMs: number | null;
  /** ms since 1970, on the store's clock. */
  readonly decidedAt: number;
  readonly committedAt: number | null;
  readonly endedAt: number | null;
  /** Why it was aborted. */
  readonly abort: { readonly code: string; readonly detail: string } | null;
}

function abortOf({ stage }: SwitchState): SwitchView['abort'] {
  if (stage.phase === 'aborting') return stage.reason;
  if (stage.phase !== 'retiring' && stage.phase !== 'ended') return null;
  return stage.ending.outcome === 'aborted' ? stage.ending.reason : null;
}

export function switchView(state: SwitchState): SwitchView {
  const { id, kind, source, reason, from, to, decidedAt, times, stage } = state;
  return {
    id,
    kind,
    source,
    reason,
    phase: stage.phase,
    outcome: outcomeOf(state),
    done: stage.phase === 'ended',
    fromEpoch: from?.epoch ?? null,
    epoch: 'epoch' in stage ? stage.epoch : null,
    from: from && modeOf(from.layout),
    to: modeOf(to),
    fromPlacements: from?.layout.placements ?? null,
    toPlacements: to.placements,
    fromInstances: from?.layout.instances ?? null,
    toInstances: to.instances,
    ...times,
    decidedAt,
    committedAt: 'committedAt' in stage ? stage.committedAt : null,
    endedAt: stage.phase === 'ended' ? stage.endedAt : null,
    abort: abortOf(state),
  };
}

export interface LayoutInfo {
  readonly epoch: number;
  readonly mode: Mode;
  readonly placements: Layout['placements'];
  readonly instances: Layout['instances'];
  readonly canary: Layout['canary'];
  readonly configVersion: number;
}

export const layoutInfo = ({ epoch, layout }: LayoutRecord): LayoutInfo => ({
  epoch,
  mode: modeOf(layout),
  ...layout,
});

export interface HostInfo {
  readonly instance: string;
  readonly nonce: string;
  readonly app: string;
  readonly pid: number | null;
  /** `silent`: its lease lapsed and nothing proves that it ended. `spare`: it waits to become a service. */
  readonly health: 'starting' | 'ready' | 'leaving' | 'silent' | 'spare';
  readonly stopping: boolean;
  readonly rpc: string | null;
  readonly metricsUrl: string | null;
  readonly acked: readonly number[];
  readonly closedThrough: number | null;
  readonly roots: Readonly<Record<string, number>>;
  readonly rssMb: number | null;
}

export function hostInfo(host: HostView, pid: number | null): HostInfo {
  const { instance, nonce, app, stopping, lease } = host;
  const unleased = host.blank ? 'spare' : 'starting';
  const health = lease === null ? unleased : isLive(host) ? lease.health : 'silent';
  return {
    instance,
    nonce,
    app,
    pid: pid ?? lease?.pid ?? null,
    health,
    stopping,
    rpc: lease?.rpc ?? null,
    metricsUrl: lease?.metricsUrl ?? null,
    acked: lease?.acked ?? [],
    closedThrough: lease?.closedThrough ?? null,
    roots: lease?.roots ?? {},
    rssMb: lease?.rssMb ?? null,
  };
}

const byName = new Intl.Collator('en', { numeric: true });

/** Hosts that are not gone, by name. */
export function hostInfos(seen: Observation, pids: ReadonlyMap<string, number | null>): HostInfo[] {
  return seen.hosts
    .filter(({ process }) => process === 'alive')
    .map((host) => hostInfo(host, pids.get(host.nonce) ?? null))
    .sort((a, b) => byName.compare(a.instance, b.instance));
}

export interface Status {
  readonly layout: LayoutInfo | null;
  readonly mode: Mode | null;
  readonly epoch: number;
  readonly preparedEpoch: number | null;
  readonly liveEpochs: readonly number[];
  readonly hosts: readonly HostInfo[];
  /** Open switches, oldest first. */
  readonly switches: readonly SwitchView[];
  /** Many hosts fell silent together: nothing is started, stopped or committed. */
  readonly frozen: boolean;
  readonly leader: { readonly holder: string; readonly leads: boolean };
  /** `ageMs`: since the shown state was read. */
  readonly store: { readonly contact: boolean; readonly ageMs: number };
}
