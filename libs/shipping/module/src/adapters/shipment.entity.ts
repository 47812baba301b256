import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { Parcel } from '../domain/shipment.ts';

/** One shipment per order. */
@Entity({ name: 'shipments' })
@Unique('shipments_order', ['orderId'])
export class ShipmentEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'shipments_pkey' }) id!: string;
  @Column({ type: 'text', name: 'order_id' }) orderId!: string;
  @Column({ type: 'text', name: 'tracking_number' }) trackingNumber!: string;
  /** Address and lines, as they were when the order was paid. */
  @Column({ type: 'jsonb' }) parcel!: Parcel;
  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
