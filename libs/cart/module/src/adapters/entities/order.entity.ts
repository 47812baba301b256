import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CartLine } from '../../domain/cart.ts';
import type { Address } from '../../domain/order.ts';

/** An order with its checkout saga. `status` is what the customer sees; `saga_state` what is to be done next. */
@Entity({ name: 'orders' })
export class OrderEntity {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ name: 'session_id', type: 'text' })
  sessionId!: string;

  @Column({ name: 'cart_id', type: 'text' })
  cartId!: string;

  @Column({ name: 'cart_version', type: 'integer' })
  cartVersion!: number;

  @Column({ type: 'text' })
  status!: string;

  @Column({ type: 'jsonb' })
  lines!: CartLine[];

  @Column({ name: 'total_cents', type: 'integer' })
  totalCents!: number;

  @Column({ type: 'jsonb' })
  address!: Address;

  @Column({ name: 'details_hash', type: 'text' })
  detailsHash!: string;

  @Column({ name: 'saga_state', type: 'text' })
  sagaState!: string;

  /** Compared and set by every step. */
  @Column({ name: 'saga_version', type: 'integer' })
  sagaVersion!: number;

  @Column({ name: 'cancel_reason', type: 'text', nullable: true })
  cancelReason!: string | null;

  @Column({ name: 'decline_code', type: 'text', nullable: true })
  declineCode!: string | null;

  /** Of which there was too little. */
  @Column({ name: 'short_product_id', type: 'text', nullable: true })
  shortProductId!: string | null;

  @Column({ name: 'root_id', type: 'text' })
  rootId!: string;

  @Column({ type: 'integer' })
  attempts!: number;

  /** From then on others may take the saga over. */
  @Column({ name: 'due_at', type: 'timestamptz' })
  dueAt!: Date;

  @Column({ name: 'give_up_at', type: 'timestamptz' })
  giveUpAt!: Date;

  @Column({ name: 'tracking_number', type: 'text', nullable: true })
  trackingNumber!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
