import { implement, type ModuleImplementation } from '@atlas/coupling-runtime';
import { paymentContract } from '@atlas/payment-contract';
import { cancelCharge } from './application/cancel-charge.ts';
import { chargeOrder, type PaymentParts } from './application/charge-order.ts';

/** Payment's operations over its parts. */
export const paymentHandlers = (parts: PaymentParts): ModuleImplementation =>
  implement(paymentContract, {
    charge: (input, call) => chargeOrder(parts, input, call),
    cancelCharge: (input, call) => cancelCharge(parts, input, call),
  });
