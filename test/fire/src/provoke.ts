/** What brings the passer of a cell to its point: a switch, and whatever else the point's cause needs. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { kill } from '@atlas/e2e';
import { gained, moved, type Cell } from './cells.ts';
import type { Field } from './field.ts';
import type { Cause } from './points.ts';
import { appOf } from './roles.ts';
import { instancesOf, targetOf } from './shapes.ts';
import { ruleOf } from './strike.ts';

const RETRY_MS = 150;
/** Hosts that a switch needs are late by this, so that it can be aborted when its layout is prepared. */
const LATE_MS = 3_000;

/** A bundle is warm within this time, on cores that carry the load, too. */
const RESERVED_WITHIN_MS = 30_000;

/** A switch is taken within this time, whatever fault it meets on the way. */
const TAKEN_WITHIN_MS = 90_000;

/** The cell's switch, proposed at the first question and again and again until the switcher takes it. */
export class Change {
  readonly #propose: () => Promise<string | undefined>;
  #taken: Promise<string | undefined> | undefined;

  constructor(field: Field, cell: Cell, over: AbortSignal) {
    this.#propose = () => propose(field, cell, AbortSignal.any([over, AbortSignal.timeout(TAKEN_WITHIN_MS)]));
  }

  /** Its id; undefined when nobody has taken it in time, or before the cell was over. */
  taken(): Promise<string | undefined> {
    return (this.#taken ??= this.#propose());
  }
}

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
const WITHOUT_SWITCH: readonly Cause[] = ['load', 'takeover', 'ask'];
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

/** Has a bundle in reserve for the cell's switch, so long; asks until that is granted, or it is over. */
async function prewarm(
  { shop }: Field,
  { transition }: Cell,
  { minutes, over }: { readonly minutes: number; readonly over: AbortSignal },
): Promise<void> {
  const wish = { ...targetOf(transition.to), minutes };
  while (!over.aborted) {
    try {
      await shop.control.ask('POST', '/v1/autonomy', { level: 3 }); // an operator's own switch holds it lower
      await shop.control.ask('POST', '/v1/warm', wish);
      return;
    } catch {
      await wait(RETRY_MS);
    }
  }
}

/** Whether a bundle is in reserve before the cell's rules are armed. */
export const usesReserve = ({ cause }: Cell): boolean => cause === 'prewarm' || cause === 'open';

/** Resolves when a bundle is warm in reserve. @throws Error when none is in time. */
export async function reserved(field: Field, cell: Cell): Promise<void> {
  await prewarm(field, cell, { minutes: 1, over: AbortSignal.timeout(RESERVED_WITHIN_MS) });
  await field.watch.until('a bundle is in reserve', RESERVED_WITHIN_MS, ({ state }) =>
    state.leases.some(({ live, health }) => live && health === 'reserve'),
  );
}

interface Provoked {
  readonly change: Change;
  readonly over: AbortSignal;
  readonly inVain: () => void;
}

/** Does what makes the passer come to the point, and says when that has come to nothing. Never rejects. */
export async function provoke(field: Field, cell: Cell, { change, over, inVain }: Provoked): Promise<void> {
  // Nothing is switched while a start hangs: the hanging host must stay wanted.
  if (cell.cause === 'hang') {
    const row = await field.processOf(hangingOf(field, cell));
    if (row) await kill(row).catch(() => undefined);
    return;
  }
  // The one in reserve is kept for longer. A switch would have opened it.
  if (cell.cause === 'prewarm') return prewarm(field, cell, { minutes: 2, over });
  const givenUp = isGivenUp(cell) ? giveUpOrders(field, over) : undefined;
  const id = await change.taken();
  if (cell.cause === 'abort' && id !== undefined) await abort(field, id).catch(() => undefined);
  if (cell.cause === 'takeover') await killSwitcher(field).catch(() => undefined);
  if (cell.cause === 'ask') await ask(field, id, over);
  if (!WITHOUT_SWITCH.includes(cell.cause) && id !== undefined) await longEnded(field, id, over).then(inVain);
  await givenUp;
}

/** The service that is killed, and hangs in its next start: without a lease it cannot become ready. */
const hangingOf = (field: Field, { transition }: Cell): string =>
  field.player(instancesOf(transition.from).find((name) => !name.startsWith('shop')) ?? '');

/** Causes for which hosts have to be started: one left over from a shape before would be taken for it. */
const BY_START: readonly Cause[] = ['widen', 'abort', 'prewarm', 'open'];

/** Parts that are to be started in the cell, and to get the name that the rules say: nobody may play them before. */
export const toBeStarted = ({ passer, cause, transition }: Cell): readonly string[] =>
  gained(transition).filter((name) => name === passer || BY_START.includes(cause));

/**
 * Whether the point belongs to the end of a switch. The switch before, whose trial the cell's own ends, would pass it
 * first: at once, when nobody of the new shape is there yet.
 */
export const isOfEnd = ({ passer, point }: Cell): boolean =>
  passer === 'switcher' && /routed|trial|revert|tallies|drain|retire|stop|recordExit|forgetHost/i.test(point);

/** Reads that no customer of the load asks for: broken, they fail the trial, whose own calls ask for them, and no request. */
const UNASKED: Readonly<Record<string, string>> = { cart: 'listOrders', shipping: 'getShipment' };

/** Breaks these where the switch moves their modules to. */
const brokenMoves = ({ transition }: Cell): string[] =>
  moved(transition).flatMap((service) => {
    const module = appOf(service);
    const host = gained(transition).includes(service) ? module : 'shop';
    const operation = UNASKED[module];
    return operation === undefined ? [] : [`serve.${module}.${operation}@${host}-*=break`];
  });

export const rulesOf = (field: Field, cell: Cell): string[] => [
  ruleOf(cell, field.player(cell.passer)),
  ...(cell.cause === 'abort'
    ? gained(cell.transition).map((name) => `store.renewLease@${field.player(name)}=delay:${LATE_MS}`)
    : []),
  ...(cell.cause === 'revert' ? brokenMoves(cell) : []),
  ...(cell.cause === 'hang' ? [`store.renewLease@${hangingOf(field, cell)}=delay:90000`] : []),
];
