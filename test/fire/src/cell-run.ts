/**
 * One cell on a field: arm, switch, strike, see what comes of it.
 *
 * C1  Judged from the store, not from what a participant says of itself.
 * C2  The next cell begins when everything is in order again, or not at all.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { kill } from '@atlas/e2e';
import type { LeaseRow } from '@atlas/control-store';
import { gained, POSTGRES, type Cell } from './cells.ts';
import type { Field } from './field.ts';
import type { Cause } from './points.ts';
import { instancesOf, targetOf } from './shapes.ts';
import { AbsentError, ruleOf, strike } from './strike.ts';
import { agrees, Disagreement, dissenters, type Look } from './watch.ts';

/** All live participants agree within this time after a fault (issue: ≤ 2 s). */
export const AGREE_WITHIN_MS = 2_000;
/** Steps of a checkout that is declined come every few seconds only. */
const REACH_WITHIN_MS = 40_000;
/** A hanging start is given up after 30 s. */
const HANG_WITHIN_MS = 50_000;

export type Outcome = 'pass' | 'fail' | 'not_reached';

/** What a cell came to, before failed requests and the audit are known. */
export interface CellResult {
  readonly cell: Cell;
  readonly outcome: Outcome;
  /** Longest disagreement of live participants after the fault, ms; null when it was not reached. */
  readonly agreeMs: number | null;
  /** Why it is not a pass. */
  readonly why: string | null;
  /** ms since 1970. */
  readonly from: number;
  readonly struckAt: number;
  readonly to: number;
}

const RETRY_MS = 150;
/** Hosts that a switch needs are late by this, so that it can be aborted when its layout is prepared. */
const LATE_MS = 3_000;

/** Proposes until the switcher takes it or the cell is over. @returns the switch's id. */
async function propose(field: Field, { transition }: Cell, over: AbortSignal): Promise<string | undefined> {
  const key = randomUUID();
  while (!over.aborted) {
    const taken = await field.shop.control.propose(targetOf(transition.to), key).catch(() => undefined);
    if (taken) return taken.id;
    await wait(RETRY_MS);
  }
  return undefined;
}

async function killSwitcher(field: Field): Promise<void> {
  const row = await field.processOf('switcher');
  if (row) await kill(row);
}

/** Asks what operators ask, again and again: each question is a read of the store. */
async function ask(field: Field, id: string | undefined, over: AbortSignal): Promise<void> {
  const { control } = field.shop;
  while (!over.aborted) {
    await control.history(5).catch(() => undefined);
    await control.ask('GET', '/v1/audit').catch(() => undefined);
    if (id !== undefined) await control.get(id).catch(() => undefined);
    await wait(RETRY_MS);
  }
}

/** A switch that has ended brings nobody to a point any more; so long after it the point is given up. */
const GIVEN_UP_AFTER_MS = 3_000;
const BY_SWITCH: readonly Cause[] = ['switch', 'trial', 'widen', 'narrow', 'abort', 'start', 'leave'];
const LOOK_EVERY_MS = 500;

/** Resolves when the switch ended a while ago, or the cell is over. */
async function longEnded(field: Field, id: string, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const seen = await field.shop.control.get(id).catch(() => undefined);
    await wait(seen?.done ? GIVEN_UP_AFTER_MS : LOOK_EVERY_MS, undefined, { signal: over }).catch(
      () => undefined,
    );
    if (seen?.done) return;
  }
}

/** Aborts a switch that has something to withdraw: its layout is prepared, and waits for a late host. */
async function abort(field: Field, id: string): Promise<void> {
  await field.watch.until('a layout is prepared', LATE_MS, ({ state }) => state.prepared !== null);
  await field.shop.control.abort(id);
}

const isGivenUp = ({ point }: Cell): boolean => /^saga\.void/.test(point);

/** Has the shop's patience with orders in doubt end again and again: it lasts minutes, a cell seconds. */
async function giveUpOrders(field: Field, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await field.giveUpOrders().catch(() => undefined);
    await wait(RETRY_MS);
  }
}

/** Does what makes the passer come to the point, and says when that has come to nothing. Never rejects. */
async function provoke(field: Field, cell: Cell, over: AbortSignal, inVain: () => void): Promise<void> {
  if (cell.cause === 'hang') {
    const row = await field.processOf(hangingOf(field, cell));
    if (row) await kill(row).catch(() => undefined);
    return;
  }
  const givenUp = isGivenUp(cell) ? giveUpOrders(field, over) : undefined;
  const id = await propose(field, cell, over);
  if (cell.cause === 'abort' && id !== undefined) await abort(field, id).catch(() => undefined);
  if (cell.cause === 'takeover') await killSwitcher(field).catch(() => undefined);
  if (cell.cause === 'ask') await ask(field, id, over);
  if (BY_SWITCH.includes(cell.cause) && id !== undefined) await longEnded(field, id, over).then(inVain);
  await givenUp;
}

/** The service that is killed, and hangs in its next start: without a lease it cannot become ready. */
const hangingOf = (field: Field, { transition }: Cell): string =>
  field.player(instancesOf(transition.from).find((name) => !name.startsWith('shop')) ?? '');

/** Causes for which the switch has to start hosts itself: one left over from a shape before would be taken for it. */
const BY_START: readonly Cause[] = ['widen', 'abort'];

/** Parts that the cell's switch is to start, and to give the name that the rules say: nobody may play them before. */
export const toBeStarted = ({ passer, cause, transition }: Cell): readonly string[] =>
  gained(transition).filter((name) => name === passer || BY_START.includes(cause));

const rulesOf = (field: Field, cell: Cell): string[] => [
  ruleOf(cell, field.player(cell.passer)),
  ...(cell.cause === 'abort'
    ? gained(cell.transition).map((name) => `store.renewLease@${field.player(name)}=delay:${LATE_MS}`)
    : []),
  ...(cell.cause === 'hang' ? [`store.renewLease@${hangingOf(field, cell)}=delay:90000`] : []),
];

/** What the store had of the participant before it was struck. */
interface Before {
  readonly lease: LeaseRow | undefined;
  readonly token: number;
}

const beforeOf = (look: Look | undefined, instance: string): Before => ({
  lease: look?.state.leases.find((lease) => lease.instance === instance && lease.live),
  token: look?.lead.token ?? 0,
});

/** A killed one is known to be gone, or another leads; until then nothing is in order, though leases still say so. */
export function isGone({ state, lead }: Look, participant: string, { lease, token }: Before): boolean {
  if (participant === 'switcher') return lead.held && lead.token > token;
  return state.leases.every(({ nonce }) => nonce !== lease?.nonce);
}

/** The one that came back takes part again, or is gone for good. */
export function isBack({ state, lead }: Look, participant: string, { lease }: Before): boolean {
  if (participant === 'switcher') return lead.held;
  if (lease === undefined) return true;
  const now = state.leases.find(({ nonce }) => nonce === lease.nonce);
  if (now === undefined) return true;
  return now.live && (now.health !== 'ready' || agrees(now, state.committed));
}

/** ms from the end of the fault until the struck one is back; 0 for one that is to be replaced. */
async function backAfter(field: Field, cell: Cell, before: Before): Promise<number> {
  const { participant, fault } = cell;
  if (fault === 'delay' || participant === POSTGRES) return 0;
  const endedAt = performance.now();
  if (fault === 'kill') {
    await field.watch.until(`${participant} is known to be gone`, 15_000, (look) =>
      isGone(look, participant, before),
    );
    return 0;
  }
  const look = await field.watch.until(`${participant} takes part again`, 15_000, (seen) =>
    isBack(seen, participant, before),
  );
  return Math.max(0, look.at - endedAt);
}

/** Runs it. @throws Error when the field is not in order before or after: no further cell may begin there. */
export async function runCell(field: Field, cell: Cell): Promise<CellResult> {
  await field.become(cell.transition.from);
  for (const name of toBeStarted(cell)) await field.freed(name);
  const from = Date.now();
  const disagreement = new Disagreement();
  const strange = new Set<string>();
  const before = (await field.watch.store.readState()).committed;
  const stop = field.watch.listen((look) => {
    disagreement.saw(dissenters(look.state).length === 0, look.at);
    if (look.state.committed < before) strange.add(`epoch ${look.state.committed} after ${before}`);
  });
  const over = new AbortController();
  try {
    await field.note(`${cell.id} ${cell.transition.name}`);
    await field.arm(rulesOf(field, cell));
    const within = AbortSignal.timeout(cell.cause === 'hang' ? HANG_WITHIN_MS : REACH_WITHIN_MS);
    const vain = new AbortController();
    const provoked = provoke(field, cell, over.signal, () => vain.abort());
    const reached = await field.effect(cell.point, AbortSignal.any([within, vain.signal]));
    const last = beforeOf(field.watch.last, field.player(cell.participant));
    const absent = reached ? await struck(field, cell, reached) : 'the point was not passed';
    disagreement.faultEnded(performance.now());
    if (absent !== undefined) await field.disarm();
    const backMs = absent === undefined ? await backAfter(field, cell, last) : 0;
    // Nothing is switched while a start hangs: the hanging host must stay wanted.
    if (cell.cause === 'hang') await propose(field, cell, AbortSignal.timeout(REACH_WITHIN_MS));
    over.abort();
    await provoked;
    const shape = await field.settled();
    const { from: old, to } = cell.transition;
    if (shape !== old && shape !== to && !(await field.isReverted()))
      strange.add(`${shape} is in force, neither ${old} nor ${to}`);
    const agreeMs = Math.round(Math.max(disagreement.worstMs, backMs));
    if (agreeMs > AGREE_WITHIN_MS) strange.add(`agreed after ${agreeMs} ms`);
    const why = absent ?? ([...strange].join('; ') || null);
    const outcome = absent !== undefined ? 'not_reached' : why === null ? 'pass' : 'fail';
    const struckAt = reached?.at ?? from;
    const told = absent === undefined ? agreeMs : null;
    return { cell, outcome, agreeMs: told, why, from, struckAt, to: Date.now() };
  } finally {
    over.abort();
    stop();
    await field.disarm();
  }
}

/** @returns why the participant could not be struck; undefined when it was. */
async function struck(
  field: Field,
  cell: Cell,
  effect: Parameters<typeof strike>[2],
): Promise<string | undefined> {
  try {
    await strike(field, cell, effect);
    return undefined;
  } catch (error) {
    if (error instanceof AbsentError) return error.message;
    throw error;
  }
}
