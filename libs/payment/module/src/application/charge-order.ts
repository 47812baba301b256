import { PlatformError, type Call, type InputOf, type OutputOf } from '@atlas/coupling-runtime';
import type { paymentContract } from '@atlas/payment-contract';
import { chargeKey, nextOfCharge, UNKNOWN } from '../domain/charge.ts';
import type { Bank } from '../ports/bank.ts';
import type { ChargeStore } from '../ports/charge-store.ts';
import { patience } from './patience.ts';

type ChargeOperation = (typeof paymentContract)['operations']['charge'];

export interface PaymentParts {
  readonly bank: Bank;
  readonly charges: ChargeStore;
  /** Longest wait for the bank, in milliseconds; must be well below a checkout's deadline. */
  readonly bankTimeoutMs: number;
}

/**
 * Charges an order once. The charge is written down before the bank is asked, so that a cancel can meet it; the bank
 * is asked outside any transaction, with a key that is the order's own.
 * @throws PlatformError `invalid_input` when the order was charged with another amount before.
 */
export async function chargeOrder(
  { bank, charges, bankTimeoutMs }: PaymentParts,
  input: InputOf<ChargeOperation>,
  call: Call,
): Promise<OutputOf<ChargeOperation>> {
  const { orderId, amountCents } = input;
  const charge = await charges.open(orderId, amountCents, call);
  if (charge.amountCents !== null && charge.amountCents !== amountCents)
    throw new PlatformError('invalid_input', `order ${orderId} was charged with another amount`);
  const next = nextOfCharge(charge);
  if (next !== 'ask') return next;
  const timeoutMs = patience(call, bankTimeoutMs);
  if (timeoutMs === 0) return UNKNOWN;
  const answer = await bank.charge({ ...input, key: chargeKey(orderId) }, timeoutMs);
  return answer.status === 'unknown' ? UNKNOWN : charges.settle(orderId, answer, call);
}
