/** What the machine is told: one consistent look at store and processes. Pure data, no clocks of its own. */
import type { LayoutRecord } from '@atlas/control-layout';
import type { ExitRecord, LeaseRow, TallyRow, TrialMark } from '@atlas/control-store';
import type { Prewarm } from './prewarm.ts';
import type { OpenSwitch } from './state.ts';
import type { TrialLook } from './trial-slices.ts';

/** One host as store and runtime driver together see it. */
export interface HostView {
  readonly instance: string;
  readonly nonce: string;
  /** Folder name: `shop`, `cart`. */
  readonly app: string;
  readonly ordinal: number;
  /** When the runtime driver wrote it down, before its spawn, on the store's clock, ms; null when it is not driven. */
  readonly createdAt: number | null;
  /** `gone` only with evidence: the driver saw it end, or an exit is recorded. */
  readonly process: 'alive' | 'gone';
  /** The runtime driver started it and may stop it. */
  readonly driven: boolean;
  /** Its process is known; false: it is written down, and whether it was ever spawned is not known (yet). */
  readonly spawned: boolean;
  /** It was told to stop. */
  readonly stopping: boolean;
  /** Its row (spare, keep-warm, reserve) protects it from retirement. */
  readonly kept: boolean;
  /** A bundle that is to accept nobody until it is opened. */
  readonly reserve: boolean;
  /** A spare that may become any service; it has no lease. */
  readonly blank: boolean;
  /** How long it is kept warm, on the store's clock, ms, past or to come; null when it never was. */
  readonly keptUntil: number | null;
  /** Its last lease, live or lapsed; null before the first. */
  readonly lease: LeaseRow | null;
  /** Driven, and silent for so long that nobody counts on it any more (`isStuck`). */
  readonly stuck: boolean;
  /** The store refuses it, so it has no lease any more; it ends, or is killed. */
  readonly fenced: boolean;
}

/** Why no host can be started. */
export interface Obstacle {
  readonly code: 'build_mismatch' | 'host_missing';
  /** One sentence. */
  readonly detail: string;
  /** What a person does about it, to be followed by the name of an app. */
  readonly command?: string;
}

/** What waits blank: processes of that app, that many. */
export interface Spares {
  readonly app: string;
  readonly count: number;
}

/** When was looked, and what that look is worth. */
export interface Moment {
  /** The store's clock, ms since 1970. */
  readonly now: number;
  /** Since when contact with the store is unbroken, on the store's clock, ms. */
  readonly contactSince: number;
}

export interface Observation extends Moment {
  /** Contact with the store was unbroken for a whole lease, so lapsed leases mean something. */
  readonly trusted: boolean;
  /** Layout in force; null before the first. */
  readonly committed: LayoutRecord | null;
  readonly prepared: LayoutRecord | null;
  /** Layouts not yet drained, the one in force included, ascending. */
  readonly live: readonly LayoutRecord[];
  /** The epoch in force is on trial; null when it is not. */
  readonly trial: TrialMark | null;
  /** What hosts have counted under it so far. */
  readonly tallies: readonly TallyRow[];
  /** What they had counted at earlier looks, a few of them. */
  readonly earlier: readonly TrialLook[];
  readonly hosts: readonly HostView[];
  /** Of the last 10 minutes. */
  readonly exits: readonly ExitRecord[];
  /** Every open switch, the one that is advanced included. */
  readonly open: readonly OpenSwitch[];
  /** Switches that an operator wants gone. */
  readonly abortRequests: readonly { readonly id: string; readonly detail: string }[];
  /** App that is the bundle. */
  readonly bundle: string;
  /** Hosts that may be loading at once: more would take the cores of those that serve. */
  readonly coldStartsAtOnce: number;
  /** How long a service that is not needed any more is kept warm, ms from the commit; 0: it is stopped. */
  readonly keepWarmMs: number;
  /** What is started ahead of a switch; null: nothing is. */
  readonly prewarm: Prewarm | null;
  /** Longest trial, ms. */
  readonly trialMostMs: number;
  /** Processes that wait blank, to become a service when one is needed; null: none do. */
  readonly spares: Spares | null;
  /** Why the runtime driver starts no host now; null when it does. */
  readonly obstacle: Obstacle | null;
}

/** Its lease is unexpired and no exit is known. */
export const isLive = (host: HostView): boolean => host.process === 'alive' && host.lease?.live === true;

/** It may get calls. */
export const isUsable = (host: HostView): boolean =>
  isLive(host) && !host.stopping && host.lease?.health === 'ready';

/** It serves or will serve: not gone, and not on its way out. */
export const isStaying = (host: HostView): boolean =>
  host.process === 'alive' &&
  !host.stopping &&
  !host.stuck &&
  !host.fenced &&
  host.lease?.health !== 'leaving';

/** It goes though this driver has not told it to (an earlier one had, or it was orphaned): nobody times its end. */
export const leavesUntold = (host: HostView): boolean =>
  host.driven && isLive(host) && !host.stopping && host.lease?.health === 'leaving';

/** It has never said that it is warm. */
const isUnready = ({ blank, lease }: HostView): boolean =>
  !blank && (lease === null || lease.health === 'starting');

/** It was started and nobody has heard of it yet: it loads, which takes a core. Getting warm is mostly waiting. */
export const isLoading = (host: HostView): boolean => isStaying(host) && !host.blank && host.lease === null;

/**
 * Longest start of a host, ms, from its record until it is ready; one that takes longer hangs. Measured: 1–2 s on a
 * calm machine, 18 s on an overloaded one with 2 cores. A bootstrap can be tried twice within the supervisor's 60 s.
 */
export const START_DEADLINE_MS = 30_000;

/** Longest silence of a host, ms: ten leases, and as long as a root may last. No stall takes so long. */
export const STUCK_AFTER_MS = 30_000;

/** Its lease has lapsed so long ago that it hangs. As in a start, only time in contact with the store counts. */
export const isStuck = (lease: LeaseRow | null, { now, contactSince }: Moment): boolean =>
  lease !== null && !lease.live && now - Math.max(lease.renewedAt, contactSince) >= STUCK_AFTER_MS;

/** Since when its start counts. What lies ahead was written by a clock that has been set back since, and says nothing. */
const beganAt = (createdAt: number, { now, contactSince }: Moment): number =>
  createdAt > now ? contactSince : Math.max(createdAt, contactSince);

/**
 * It hangs in its start, or is stuck. Only time in which this judge was in contact with the store counts: without the
 * store a host cannot become ready, and a lease that has yet to be seen says nothing. A host that was told to stop gives
 * its lease back before it ends, and has a deadline of its own. A stuck bundle may serve on, cut off from the store
 * alone (E5): it hangs only once another one serves, which proves that one can. One that is fenced already, by a leader
 * that did not live to kill it, is nobody's host any more.
 */
export const isHung = (
  host: HostView,
  { now, contactSince, hosts, bundle }: Moment & Pick<Observation, 'hosts' | 'bundle'>,
): boolean =>
  host.createdAt !== null &&
  host.process === 'alive' &&
  !host.stopping &&
  (host.fenced ||
    (isUnready(host) && now - beganAt(host.createdAt, { now, contactSince }) >= START_DEADLINE_MS) ||
    (host.stuck && (host.app !== bundle || hosts.some((other) => other.app === bundle && isUsable(other)))));

/** Lapsed, yet nothing proves that it ended. */
export const isSilent = (host: HostView): boolean =>
  host.process === 'alive' && host.lease !== null && !host.lease.live;

/**
 * Many leases that lapse together without exit evidence mean that the store or this judge is ill: at least two, and
 * at least half of all. Then nothing is started, stopped or committed.
 */
export function isFrozen(seen: Observation): boolean {
  const silent = seen.hosts.filter(isSilent).length;
  const leased = seen.hosts.filter((host) => host.process === 'alive' && host.lease !== null).length;
  return silent >= 2 && silent * 2 >= leased;
}

/** The observation may be acted on: hosts may be started and stopped, a layout may be put in force. */
export const mayAct = (seen: Observation): boolean => seen.trusted && !isFrozen(seen);
