import { defineContract, operation } from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';

const OrderId = Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' });
const Cents = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });

/** Money: one charge per order at the acquirer, with a key that never changes. */
export const paymentContract = defineContract('payment', {
  /**
   * Charges once per order. `unknown`: the bank did not answer in time; ask again with the same key.
   * `voided`: the order was given up before; no money moves any more.
   */
  charge: operation({
    kind: 'keyed',
    input: Type.Object(
      {
        orderId: OrderId,
        amountCents: Cents,
        currency: Type.Literal('EUR'),
        token: Type.String({ minLength: 1, maxLength: 100 }),
      },
      { additionalProperties: false },
    ),
    output: Type.Object({
      status: Type.Union(['captured', 'declined', 'voided', 'unknown'].map((status) => Type.Literal(status))),
      declineCode: Type.Union([Type.String(), Type.Null()]),
    }),
    errors: [],
    deadlineMs: 6_000,
  }),
  /** Gives up: afterwards no charge of this order can be captured. `unknown`: ask again with the same key. */
  cancelCharge: operation({
    kind: 'keyed',
    input: Type.Object({ orderId: OrderId }, { additionalProperties: false }),
    output: Type.Object({
      status: Type.Union(['voided', 'declined', 'unknown'].map((s) => Type.Literal(s))),
    }),
    errors: [],
    deadlineMs: 6_000,
  }),
});
