import type { cartContract } from '@atlas/cart-contract';
import type { Call, OutputOf } from '@atlas/coupling-runtime';
import type { Order } from '../domain/order.ts';
import { holdOf } from './check-out.ts';
import { driveSaga, type DriveParts } from './drive-saga.ts';

type Recovery = OutputOf<(typeof cartContract)['operations']['recoverCheckouts']>;

/** Orders taken over at a time; all are driven at once, so this also bounds the calls in flight. */
const BATCH = 16;

/**
 * Takes over sagas whose holder's deadline plus grace has passed, or that were handed over and are due, and drives
 * them. While most come to their end, and for half of its time, it takes the next ones: after an outage of the bank
 * thousands are due, and those that wait too long are given up. One that fails keeps its lease and is taken over again
 * after it; those beside it are not held up.
 * @throws the first failure, after all that were driven beside it have ended.
 */
export async function recoverCheckouts(parts: DriveParts, call: Call): Promise<Recovery> {
  const { checkouts } = parts;
  const halfMs = call.remainingMs() / 2;
  let recovered = 0;
  for (let ended = BATCH; ended > BATCH / 2 && call.remainingMs() > halfMs; recovered += ended)
    ended = await recoverBatch(parts, call);
  await checkouts.forgetOldKeys(call);
  return { recovered, open: await checkouts.countOpen(call) };
}

/** How many came to their end. */
async function recoverBatch(parts: DriveParts, call: Call): Promise<number> {
  const { checkouts, times } = parts;
  const due = await checkouts.takeDue(BATCH, holdOf(call, times.graceMs), call);
  const ends = await Promise.allSettled(due.map((order: Order) => driveSaga(parts, order, call)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return ends.filter((end) => end.status === 'fulfilled' && end.value.kind === 'over').length;
}
