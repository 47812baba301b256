/**
 * A customer's checkout request: starts an order, or finds the one that answers it, and stays until the answer is
 * known or time is out.
 *
 * C1  The key is bound to its order in the transaction that begins the order; from then on every answer for the key
 *     follows from the order's state, which is final when it is definite.
 * C2  A request drives the order only if its own root holds it, or if it is due (its holder is gone); else it waits.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { cartContract } from '@atlas/cart-contract';
import { BusinessError, type Call, type InputOf, type OutputOf } from '@atlas/coupling-runtime';
import { bodyHash } from '@atlas/platform-database';
import { faultPoint } from '@atlas/platform-fault';
import { outcomeOf, type Order } from '../domain/order.ts';
import { isOver } from '../domain/saga.ts';
import type { Hold, NewCheckout } from '../ports/checkout-store.ts';
import { driveSaga, type DriveParts } from './drive-saga.ts';
import { callKey } from './call-key.ts';

type CheckoutOperation = (typeof cartContract)['operations']['checkout'];
type Answer = OutputOf<CheckoutOperation>;

/** Kept back from the deadline, so that `in_progress` still reaches the caller. */
const ANSWER_MARGIN_MS = 150;
const FIRST_PAUSE_MS = 15;
const LONGEST_PAUSE_MS = 250;

/** Errors: those of the contract. Answers `payment_pending` when the order is kept but its outcome is not known yet. */
export async function checkOut(
  parts: DriveParts,
  input: InputOf<CheckoutOperation>,
  call: Call,
): Promise<Answer> {
  const checkout = newCheckout(parts, input, call);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    await faultPoint('saga.order.before');
    const entry = await parts.checkouts.enter(checkout, call);
    await faultPoint('saga.order.after');
    if (entry.kind === 'refused')
      throw new BusinessError(entry.code, undefined, 'order' in entry ? naming(entry.order) : undefined);
    if (entry.kind === 'occupied') await settleOther(parts, entry.order, call);
    else {
      const answer = await answerOf(parts, entry.order, call);
      if (answer) return answer;
    }
    if (call.expired || call.remainingMs() < ANSWER_MARGIN_MS + pauseMs)
      throw new BusinessError('in_progress', undefined, naming(entry.order));
    await pause(pauseMs);
  }
}

function newCheckout({ times }: DriveParts, input: InputOf<CheckoutOperation>, call: Call): NewCheckout {
  const { sessionId, cartId, version, payment, address } = input;
  return {
    sessionId,
    cartId,
    version,
    key: callKey(call),
    bodyHash: bodyHash({ cartId, version, payment, address }),
    detailsHash: bodyHash({ payment, address }),
    orderId: randomUUID(),
    token: payment.token,
    address,
    hold: holdOf(call, times.graceMs),
    patienceMs: times.patienceMs,
  };
}

/** Others leave an order alone until its root's deadline plus grace. */
export const holdOf = (call: Call, graceMs: number): Hold => ({
  rootId: call.rootId,
  leaseMs: call.remainingMs() + graceMs,
});

/** The answer of the request's own order; undefined: somebody else works on it, look again. */
async function answerOf(parts: DriveParts, found: Order, call: Call): Promise<Answer | undefined> {
  const mine = isOver(found.saga) ? undefined : await hold(parts, found, call);
  if (mine) {
    const { kind, order } = await driveSaga(parts, mine, call);
    return kind === 'lost' ? undefined : definite(order);
  }
  const known = found.saga.at === 'paid' || outcomeOf(found).kind === 'refused';
  return known || found.pendingPayment ? definite(found) : undefined; // pending: it was let go of once before
}

/** C2. A retry inside the holder's root goes on at once: whoever had it there is gone, or loses at its next write. */
async function hold({ checkouts, times }: DriveParts, order: Order, call: Call): Promise<Order | undefined> {
  if (order.rootId === call.rootId && !order.pendingPayment) return order;
  return order.due ? checkouts.take(order, holdOf(call, times.graceMs), call) : undefined;
}

/** Another order of the same cart comes first; an open-ended one is not waited for. */
async function settleOther(parts: DriveParts, order: Order, call: Call): Promise<void> {
  const mine = order.due ? await hold(parts, order, call) : undefined;
  const now = mine ? (await driveSaga(parts, mine, call)).order : order;
  if (!isOver(now.saga) && now.pendingPayment) throw new BusinessError('in_progress', undefined, naming(now));
}

const naming = ({ id }: Order): { readonly orderId: string } => ({ orderId: id });

/** @throws BusinessError when the order was refused. */
function definite(order: Order): Answer {
  const outcome = outcomeOf(order);
  if (outcome.kind === 'refused')
    throw new BusinessError(outcome.code, undefined, { ...naming(order), ...outcome.details });
  return { ...naming(order), status: outcome.kind, totalCents: order.totalCents };
}
