import type { InputOf, OutputOf } from '@atlas/coupling-runtime';
import type { cartContract } from '@atlas/cart-contract';
import type { Bounded } from '@atlas/platform-database';

type Operations = (typeof cartContract)['operations'];
export type OrderView = OutputOf<Operations['getOrder']>;
export type ListedOrder = OutputOf<Operations['listOrders']>['orders'][number];
export type ShipmentCreated = InputOf<Operations['applyShipmentCreated']>;

/** Orders as their owner sees them, and what happens to them after they are paid. */
export interface OrderViews {
  /** Undefined also when the order is another session's. */
  find(orderId: string, sessionId: string, bound: Bounded): Promise<OrderView | undefined>;
  /** The session's, the newest first; as many as a list holds. */
  ofSession(sessionId: string, bound: Bounded): Promise<ListedOrder[]>;
  /** Marks the order shipped, once per event and in the order of versions. */
  ship(event: ShipmentCreated, bound: Bounded): Promise<'applied' | 'skipped' | 'gap'>;
}
