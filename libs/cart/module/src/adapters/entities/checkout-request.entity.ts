import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A client's idempotency key and the order that answers it: the answer follows from the order's state. */
@Entity({ name: 'checkout_requests' })
export class CheckoutRequestEntity {
  @PrimaryColumn({ name: 'session_id', type: 'text' })
  sessionId!: string;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ name: 'body_hash', type: 'text' })
  bodyHash!: string;

  @Column({ name: 'order_id', type: 'text' })
  orderId!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
