import type { Applied, InboxEntry, NewEvent } from '@atlas/platform-event-log';
import type { Bounded } from '@atlas/platform-database';
import type { Parcel, Shipment } from '../domain/shipment.ts';

/** What one event brings about: a shipment, and the event that tells of it. */
export interface Dispatch {
  readonly shipment: Shipment;
  readonly parcel: Parcel;
  readonly created: NewEvent;
}

export interface ShipmentStore {
  /** Both, with the inbox row, in one transaction. An order that has its shipment already gets no second one. */
  dispatch(bound: Bounded, entry: InboxEntry, dispatch: Dispatch): Promise<Applied>;
  ofOrder(bound: Bounded, orderId: string): Promise<Shipment | undefined>;
}
