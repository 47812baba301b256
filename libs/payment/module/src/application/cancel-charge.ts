import { PlatformError, type Call, type InputOf, type OutputOf } from '@atlas/coupling-runtime';
import type { paymentContract } from '@atlas/payment-contract';
import { chargeKey, nextOfCancel } from '../domain/charge.ts';
import type { PaymentParts } from './charge-order.ts';
import { patience } from './patience.ts';

type CancelOperation = (typeof paymentContract)['operations']['cancelCharge'];

/**
 * Gives an order's money up: first a tombstone in our own schema, so that no charge starts any more, then the bank's
 * cancel, which voids a charge that was captured and refuses one that is still on its way.
 */
export async function cancelCharge(
  { bank, charges, bankTimeoutMs }: PaymentParts,
  { orderId }: InputOf<CancelOperation>,
  call: Call,
): Promise<OutputOf<CancelOperation>> {
  const next = nextOfCancel(await charges.giveUp(orderId, call));
  if (next !== 'ask') return { status: next };
  const timeoutMs = patience(call, bankTimeoutMs);
  if (timeoutMs === 0) return { status: 'unknown' };
  const answer = await bank.cancel(chargeKey(orderId), orderId, timeoutMs);
  if (answer.status === 'unknown') return { status: 'unknown' };
  const { status } = await charges.settle(orderId, answer, call);
  if (status === 'captured')
    throw new PlatformError('internal', `the bank kept the charge of order ${orderId} that it was to cancel`);
  return { status };
}
