import { implement, type ModuleImplementation } from '@atlas/coupling-runtime';
import { shippingContract } from '@atlas/shipping-contract';
import { applyOrderPaid } from './application/apply-order-paid.ts';
import { getShipment } from './application/get-shipment.ts';
import type { ShipmentStore } from './ports/shipment-store.ts';

/** Shipping's operations over its port. */
export const shippingHandlers = (shipments: ShipmentStore): ModuleImplementation =>
  implement(shippingContract, {
    applyOrderPaid: (event, call) => applyOrderPaid(shipments, event, call),
    getShipment: (input, call) => getShipment(shipments, input, call),
  });
