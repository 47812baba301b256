/** The questions that decide a transition. Each answers from one observation. */
import type { LayoutRecord } from '@atlas/control-layout';
import { lacking, needsOf } from './needs.ts';
import { isLive, type HostView, type Observation } from './observation.ts';
import { EXCLUSIVE, outranks, type OpenSwitch, type SwitchState } from './state.ts';

/** Names of live hosts that keep the epoch from being committed, by the store's own rule (S3): it waits for none that leaves. */
export function unacked(epoch: number, hosts: readonly HostView[]): string[] {
  return hosts
    .filter((host) => isLive(host) && host.lease?.health !== 'leaving' && !host.lease?.acked.includes(epoch))
    .map(({ instance }) => instance);
}

/**
 * What still keeps a prepared layout from being committed; empty when nothing does. Bootstrap does not wait for warm
 * hosts: without a layout in force a host has nothing to warm itself with, and nobody is served anyway.
 */
export function unprepared(state: SwitchState, epoch: number, seen: Observation): string[] {
  const needs = needsOf(state.to, seen.bundle);
  const missing =
    state.from === null
      ? Object.keys(needs).filter((app) => !seen.hosts.some((host) => host.app === app && isLive(host)))
      : lacking(needs, seen.hosts);
  return [
    ...missing.map((app) => `${app} is not ready`),
    ...unacked(epoch, seen.hosts).map((name) => `${name} has not acked`),
  ];
}

/** Live hosts of several builds or contracts must not be joined by one layout. Undefined when all are alike. */
export function buildMismatch(hosts: readonly HostView[]): string | undefined {
  const leases = hosts.flatMap(({ process, lease }) => (process === 'alive' && lease?.live ? [lease] : []));
  const identities = new Map(
    leases.map(({ build, contractHash, instance }) => [`${build}/${contractHash}`, instance]),
  );
  if (identities.size < 2) return undefined;
  return `live hosts have different builds or contracts: ${[...identities.values()].sort().join(', ')}`;
}

const isAdmitter = (host: HostView): boolean => host.lease !== null && host.lease.kind === 'bundle';

const hasClosed = (host: HostView, epoch: number): boolean => (host.lease?.closedThrough ?? -1) >= epoch;

/** Every live edge has said that it admits no more under `epoch`, hence under its successor. */
export function routedPast(epoch: number, hosts: readonly HostView[]): boolean {
  return hosts.filter((host) => isAdmitter(host) && isLive(host)).every((host) => hasClosed(host, epoch));
}

/**
 * `drained(n)`: every admitter has closed n and has no root of n. A silent one counts as long as nothing
 * proves that it is gone; one that stays so is killed (`isHung`), which bounds the drain. One that was fenced, and lives,
 * has no lease to tell what it admits under.
 */
export function drained(epoch: number, hosts: readonly HostView[]): boolean {
  const alive = hosts.filter(({ process }) => process === 'alive');
  if (alive.some(({ fenced }) => fenced)) return false;
  return alive
    .filter(isAdmitter)
    .every((host) => hasClosed(host, epoch) && (host.lease?.roots[String(epoch)] ?? 0) === 0);
}

/** A stronger open switch that waits for this one to get out of its way. */
export function supersededBy(
  { source }: Pick<SwitchState, 'source'>,
  seen: Observation,
): OpenSwitch | undefined {
  return seen.open.find((other) => other.phase === 'planned' && outranks(other.source, source));
}

/** It is this planned switch's turn (E3). Equal ranks go in the order of their decisions. */
export function isNext(state: SwitchState, seen: Observation): boolean {
  return seen.open
    .filter(({ id }) => id !== state.id)
    .every((other) => {
      if (EXCLUSIVE.includes(other.phase)) return false;
      if (other.phase !== 'planned' || outranks(state.source, other.source)) return true;
      return !outranks(other.source, state.source) && isEarlier(state, other);
    });
}

const isEarlier = (a: Pick<SwitchState, 'id' | 'decidedAt'>, b: OpenSwitch): boolean =>
  a.decidedAt < b.decidedAt || (a.decidedAt === b.decidedAt && a.id < b.id);

/** The epoch number that a switch starts from: 0 when nothing was in force. */
export const epochOf = (record: LayoutRecord | null): number => record?.epoch ?? 0;
