/**
 * Doing a fault to a participant at a point.
 *
 * S1  Who is to be cut, or struck at another's step, is held at the point meanwhile: the passer stops itself there.
 * S2  Whatever was stopped goes on and whatever was cut is whole again when `strike` has ended, also after a failure.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { TcpProxy } from '@atlas/control-store/testing';
import { parseStat, signalProcess } from '@atlas/platform-stack';
import type { FaultEffect } from '@atlas/platform-fault';
import { POSTGRES, type Cell } from './cells.ts';
import type { Field } from './field.ts';

/** Longer than a lease, which lapses meanwhile. */
const FREEZE_MS = 4_500;
const CUT_MS = 4_500;
/** Business data, the bank and calls between hosts are missed at once: shorter, so that deadlines can be met. */
const BUSINESS_CUT_MS = 1_500;
const DELAY_FOR_MS = 2_500;
const LINK_DELAY_MS = 100;

type Way = 'store' | 'data' | 'bank' | 'rpc';

/** What a partition at this point cuts. */
export function wayOf(point: string): Way {
  if (point.startsWith('link.')) return 'rpc';
  if (/^(payment\.bank|acquirer)\./.test(point)) return 'bank';
  return /^(database|saga|event-log)\./.test(point) ? 'data' : 'store';
}

const DELAY_MS: Record<Way, number> = { store: 700, data: 300, bank: 700, rpc: 60 };

const isSelf = ({ participant, passer }: Cell): boolean => participant === passer;

/** The rule that makes the passer halt, fall or falter at the point. */
export function ruleOf(cell: Cell, player: string): string {
  const { point, fault } = cell;
  const at = `${point}@${player}`;
  const way = wayOf(point);
  if (!isSelf(cell)) return `${at}=stop`;
  if (fault === 'kill') return `${at}=kill`;
  if (fault === 'delay') return `${at}=delay:${DELAY_MS[way]}`;
  return fault === 'partition' && way === 'rpc' ? `${at}=cut:${BUSINESS_CUT_MS}` : `${at}=stop`;
}

/** Resolves when the process is stopped. @throws Error when it is not within 2 s. */
async function stopped(pid: number): Promise<void> {
  for (const until = performance.now() + 2_000; performance.now() < until; await wait(5)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (parseStat(stat)?.state === 'T') return;
  }
  throw new Error(`process ${pid} did not stop`);
}

function goOn(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has ended meanwhile.
  }
}

/** Does to the proxies what the fault is; resolves when they are whole again. */
async function disturb(
  proxies: readonly TcpProxy[],
  how: 'silent' | 'reset' | 'slow',
  ms: number,
): Promise<void> {
  for (const proxy of proxies) {
    if (how === 'slow') proxy.delay(LINK_DELAY_MS);
    else proxy.cut(how);
  }
  try {
    await wait(ms);
  } finally {
    for (const proxy of proxies) {
      if (how === 'slow') proxy.delay(0);
      else proxy.restore();
    }
  }
}

function proxiesOf(field: Field, participant: string, way: Way): readonly TcpProxy[] {
  if (participant === POSTGRES) return field.wires.all().map(({ store }) => store);
  if (participant === 'acquirer') return field.wires.all().flatMap(({ bank }) => (bank ? [bank] : []));
  const links = field.wires.of(participant);
  const proxy = way === 'rpc' ? undefined : links[way];
  if (!proxy) throw new Error(`${participant} has no way to ${way}`);
  return [proxy];
}

/** The passer's own fault, after it took effect there. Resolves when the fault has ended. */
async function strikeSelf(field: Field, cell: Cell, { pid, instance }: FaultEffect): Promise<void> {
  const { fault, point } = cell;
  const way = wayOf(point);
  if (fault === 'kill') return;
  if (fault === 'delay') return wait(DELAY_FOR_MS);
  if (fault === 'partition' && way === 'rpc') return wait(BUSINESS_CUT_MS);
  await stopped(pid);
  try {
    if (fault === 'freeze') return await wait(FREEZE_MS);
    const ms = way === 'store' ? CUT_MS : BUSINESS_CUT_MS;
    const disturbed = disturb(proxiesOf(field, instance, way), 'silent', ms);
    goOn(pid);
    await disturbed;
  } finally {
    goOn(pid);
  }
}

/** What happens to another participant while the switcher stands at its step. */
function otherFault(field: Field, { participant, fault }: Cell, pid: number): Promise<void> | undefined {
  const player = field.player(participant);
  const links = (how: 'silent' | 'reset' | 'slow'): Promise<void> =>
    disturb(proxiesOf(field, player, 'store'), how, how === 'slow' ? DELAY_FOR_MS : CUT_MS);
  if (fault === 'delay') return links('slow');
  if (fault === 'partition') return links(participant === POSTGRES ? 'reset' : 'silent');
  if (fault === 'freeze' && participant === POSTGRES) return links('silent');
  process.kill(pid, fault === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  return fault === 'kill' ? undefined : wait(FREEZE_MS);
}

async function strikeOther(field: Field, cell: Cell, effect: FaultEffect): Promise<void> {
  const other = await field.processOf(field.player(cell.participant));
  await stopped(effect.pid);
  let ends: Promise<void> | undefined;
  try {
    if (!other) throw new AbsentError(cell.participant);
    if (!(await signalProcess(other, 'SIGCONT'))) throw new AbsentError(cell.participant);
    ends = otherFault(field, cell, other.pid);
  } finally {
    goOn(effect.pid);
  }
  try {
    await ends;
  } finally {
    goOn(other.pid);
  }
  if (cell.fault === 'kill' && cell.participant === POSTGRES)
    await field.watch.until('Postgres answers', 30_000, () => true);
}

/** The participant was not there when the point was passed. */
export class AbsentError extends Error {
  constructor(participant: string) {
    super(`${participant} was not there`);
    this.name = 'AbsentError';
  }
}

/** Does the fault whose rule took effect; resolves when it is over (S2). */
export async function strike(field: Field, cell: Cell, effect: FaultEffect): Promise<void> {
  try {
    await (isSelf(cell) ? strikeSelf(field, cell, effect) : strikeOther(field, cell, effect));
  } finally {
    await field.disarm();
  }
}
