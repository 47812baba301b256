import { BusinessError, type Call, type InputOf, type OutputOf } from '@atlas/coupling-runtime';
import type { shippingContract } from '@atlas/shipping-contract';
import type { ShipmentStore } from '../ports/shipment-store.ts';

type GetShipment = (typeof shippingContract)['operations']['getShipment'];

/** An order's shipment. */
export async function getShipment(
  shipments: ShipmentStore,
  { orderId }: InputOf<GetShipment>,
  call: Call,
): Promise<OutputOf<GetShipment>> {
  const shipment = await shipments.ofOrder(call, orderId);
  if (!shipment) throw new BusinessError('shipment_not_found', `order ${orderId} has no shipment`);
  return shipment;
}
