/**
 * One cell on a field: arm, switch, strike, see what comes of it.
 *
 * C1  Judged from the store, not from what a participant says of itself.
 * C2  The shape changes in every cell: its switch is taken, before, during or after the fault.
 * C3  The next cell begins when everything is in order again, or not at all.
 */
import type { LeaseRow } from '@atlas/control-store';
import { POSTGRES, type Cell } from './cells.ts';
import type { Field } from './field.ts';
import { Change, isOfEnd, provoke, reserved, rulesOf, toBeStarted, usesReserve } from './provoke.ts';
import type { Shape } from './shapes.ts';
import { AbsentError, strike } from './strike.ts';
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
  if (isOfEnd(cell)) await field.ended();
  for (const name of toBeStarted(cell)) await field.freed(name);
  if (usesReserve(cell)) await reserved(field, cell);
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
    const change = new Change(field, cell, over.signal);
    if (cell.cause === 'load') await change.taken();
    await field.arm(rulesOf(field, cell));
    const within = AbortSignal.timeout(cell.cause === 'hang' ? HANG_WITHIN_MS : REACH_WITHIN_MS);
    const vain = new AbortController();
    const provoked = provoke(field, cell, { change, over: over.signal, inVain: () => vain.abort() });
    const reached = await field.effect(cell.point, AbortSignal.any([within, vain.signal]));
    const last = beforeOf(field.watch.last, field.player(cell.participant));
    const absent = reached ? await struck(field, cell, reached) : 'the point was not passed';
    disagreement.faultEnded(performance.now());
    if (absent !== undefined) await field.disarm();
    const backMs = absent === undefined ? await backAfter(field, cell, last) : 0;
    if ((await change.taken()) === undefined) strange.add('no switch was taken');
    over.abort();
    await provoked;
    const shape = await field.settled();
    const due = shapesAfter(cell, absent === undefined);
    if (!due.includes(shape) && !(await field.isReverted()))
      strange.add(`${shape} is in force, not ${due.join(' or ')}`);
    const agreeMs = Math.round(Math.max(disagreement.worstMs, backMs));
    if (agreeMs > AGREE_WITHIN_MS) strange.add(`agreed after ${agreeMs} ms`);
    const why = [...(absent === undefined ? [] : [absent]), ...strange].join('; ') || null;
    const outcome = outcomeOf(absent === undefined, strange.size);
    const struckAt = reached?.at ?? from;
    const told = absent === undefined ? agreeMs : null;
    return { cell, outcome, agreeMs: told, why, from, struckAt, to: Date.now() };
  } finally {
    over.abort();
    stop();
    await field.disarm();
  }
}

/** What may be in force after the cell, if its fault struck: a trial that was failed by then has to be taken back. */
export const shapesAfter = ({ cause, transition }: Cell, struck: boolean): readonly Shape[] =>
  struck && cause === 'revert' ? [transition.from] : [transition.from, transition.to];

/** What is strange is a failure, also when it came without the fault. */
export function outcomeOf(reached: boolean, strange: number): Outcome {
  if (strange > 0) return 'fail';
  return reached ? 'pass' : 'not_reached';
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
