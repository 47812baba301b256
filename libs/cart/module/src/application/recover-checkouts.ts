import type { cartContract } from '@atlas/cart-contract';
import type { Call, OutputOf } from '@atlas/coupling-runtime';
import type { Order } from '../domain/order.ts';
import { holdOf } from './check-out.ts';
import { driveSaga, type DriveParts } from './drive-saga.ts';

type Recovery = OutputOf<(typeof cartContract)['operations']['recoverCheckouts']>;

/** Orders taken over per run; all are driven at once, so this also bounds the calls in flight. */
const BATCH = 16;

/**
 * Takes over sagas whose holder's deadline plus grace has passed, or that were handed over and are due, and drives
 * them. One that fails keeps its lease and is taken over again after it; the rest are not held up.
 * @throws the first failure, after all have ended.
 */
export async function recoverCheckouts(parts: DriveParts, call: Call): Promise<Recovery> {
  const { checkouts, times } = parts;
  const due = await checkouts.takeDue(BATCH, holdOf(call, times.graceMs), call);
  const ends = await Promise.allSettled(due.map((order: Order) => driveSaga(parts, order, call)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  await checkouts.forgetOldKeys(call);
  const recovered = ends.filter((end) => end.status === 'fulfilled' && end.value.kind === 'over').length;
  return { recovered, open: await checkouts.countOpen(call) };
}
