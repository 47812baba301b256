import { EventEnvelope } from '@atlas/platform-event-log';
import { Type } from '@sinclair/typebox';

/** `order.paid`, written in the transaction that makes the order paid; aggregate: the order. */
export const OrderPaid = EventEnvelope(
  'order.paid',
  Type.Object({
    orderId: Type.String(),
    totalCents: Type.Integer(),
    lines: Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer() })),
    address: Type.Object({
      name: Type.String(),
      line1: Type.String(),
      line2: Type.Optional(Type.String()),
      city: Type.String(),
      postcode: Type.String(),
      country: Type.String(),
    }),
  }),
);

/** `shipment.created`, published by shipping; aggregate: the shipment (one per order). */
export const ShipmentCreated = EventEnvelope(
  'shipment.created',
  Type.Object({ orderId: Type.String(), shipmentId: Type.String(), trackingNumber: Type.String() }),
);
