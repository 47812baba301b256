import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Line, Refusal, Reservation } from '../domain/stock.ts';

/** What an order took from stock. The order is the natural key, for ever. */
@Entity({ name: 'reservations' })
@Check('reservations_state_check', `state IN ('reserved', 'refused', 'released')`)
export class ReservationEntity {
  @PrimaryColumn({ type: 'text', name: 'order_id', primaryKeyConstraintName: 'reservations_pkey' })
  orderId!: string;
  @Column({ type: 'text' }) state!: Reservation['state'];
  /** One per product, ascending by product. */
  @Column({ type: 'jsonb' }) lines!: readonly Line[];
  @Column({ type: 'jsonb', nullable: true }) refusal!: Refusal | null;
  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column({ type: 'timestamptz', name: 'settled_at', nullable: true }) settledAt!: Date | null;
}
