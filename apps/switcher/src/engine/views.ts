/** What the control API shows: flat, JSON-safe, modes as words. */
import type {
  AutonomyView,
  HostInfo,
  LayoutInfo,
  PrewarmView,
  Proposal,
  SwitchView,
} from '@atlas/control-api';
import { modeOf, type LayoutRecord } from '@atlas/control-layout';
import {
  describeBreach,
  effectiveLevel,
  isLive,
  outcomeOf,
  type Governing,
  type HostView,
  type Observation,
  type Prewarm,
  type SwitchState,
  type WaitingWish,
} from '../machine/index.ts';

function abortOf({ stage }: SwitchState): SwitchView['abort'] {
  if (stage.phase === 'aborting') return stage.reason;
  if (stage.phase !== 'retiring' && stage.phase !== 'ended') return null;
  return stage.ending.outcome === 'aborted' ? stage.ending.reason : null;
}

function trialOf({ stage }: SwitchState): SwitchView['trial'] {
  if (stage.phase === 'trial') {
    return stage.breach && { verdict: 'failed', detail: describeBreach(stage.breach), byEpoch: null };
  }
  if (!('ending' in stage)) return null;
  const { ending } = stage;
  if (ending.outcome === 'reverted')
    return { verdict: 'failed', detail: ending.detail, byEpoch: ending.byEpoch };
  return ending.outcome === 'committed' ? { verdict: ending.trial, detail: null, byEpoch: null } : null;
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
    trial: trialOf(state),
  };
}

export const layoutInfo = ({ epoch, layout }: LayoutRecord): LayoutInfo => ({
  epoch,
  mode: modeOf(layout),
  ...layout,
});

const iso = (ms: number): string => new Date(ms).toISOString();

export function autonomyView(autonomy: Governing, now: number): AutonomyView {
  const { level, heldUntil, frozen } = autonomy;
  return {
    level,
    effective: effectiveLevel(autonomy, now),
    heldUntil: heldUntil !== null && heldUntil > now ? iso(heldUntil) : null,
    frozen: frozen && { since: iso(frozen.since), reason: frozen.reason },
  };
}

export const prewarmView = ({ target, until }: Prewarm): PrewarmView => ({
  target: { mode: modeOf(target), ...target },
  until: iso(until),
});

export function proposalView(wish: WaitingWish): Proposal {
  const { id, at, expiresAt, source, reason, guardrails, target, basedOnEpoch, state } = wish;
  return {
    ...{ id, at: iso(at), expiresAt: iso(expiresAt), source, reason, guardrails },
    ...{ target: { mode: modeOf(target), ...target }, basedOnEpoch, state },
  };
}

export function healthOf(host: HostView): HostInfo['health'] {
  if (host.lease === null) return host.blank ? 'spare' : 'starting';
  return isLive(host) ? host.lease.health : 'silent';
}

export function hostInfo(host: HostView, pid: number | null): HostInfo {
  const { instance, nonce, app, stopping, lease } = host;
  return {
    instance,
    nonce,
    app,
    pid: pid ?? lease?.pid ?? null,
    health: healthOf(host),
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
