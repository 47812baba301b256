import { OrderPaid } from '@atlas/cart-contract';
import { defineContract, operation } from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';

/** Shipments: one per paid order. */
export const shippingContract = defineContract('shipping', {
  /** Creates the order's shipment and publishes `shipment.created`. Natural key: the order. */
  applyOrderPaid: operation({
    kind: 'keyed',
    input: OrderPaid,
    output: Type.Object({ applied: Type.Union(['applied', 'skipped', 'gap'].map((a) => Type.Literal(a))) }),
    errors: [],
    deadlineMs: 5_000,
    trigger: { event: 'order.paid' },
  }),
  getShipment: operation({
    kind: 'read',
    input: Type.Object({ orderId: Type.String({ maxLength: 64 }) }, { additionalProperties: false }),
    output: Type.Object({ shipmentId: Type.String(), orderId: Type.String(), trackingNumber: Type.String() }),
    errors: ['shipment_not_found'],
    deadlineMs: 3_000,
  }),
});
