import type { Call, InputOf, OutputOf } from '@atlas/coupling-runtime';
import type { shippingContract } from '@atlas/shipping-contract';
import { shipmentOf } from '../domain/shipment.ts';
import type { ShipmentStore } from '../ports/shipment-store.ts';

type ApplyOrderPaid = (typeof shippingContract)['operations']['applyOrderPaid'];

/** Identity in the inbox; changing it would ship everything again. */
const CONSUMER = 'shipping.applyOrderPaid';

/** Ships a paid order, once, and says so in the same transaction. */
export async function applyOrderPaid(
  shipments: ShipmentStore,
  event: InputOf<ApplyOrderPaid>,
  call: Call,
): Promise<OutputOf<ApplyOrderPaid>> {
  const { name, aggregateId, version, payload } = event;
  const shipment = shipmentOf(payload.orderId);
  const created = {
    name: 'shipment.created',
    aggregateId: shipment.shipmentId,
    version: 1,
    payload: shipment,
    rootId: call.rootId,
  };
  const entry = { consumer: CONSUMER, name, aggregateId, version };
  const { address, lines } = payload;
  return {
    applied: await shipments.dispatch(call, entry, { shipment, parcel: { address, lines }, created }),
  };
}
