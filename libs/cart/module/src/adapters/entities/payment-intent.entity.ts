import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What an order is to be paid with: enough to ask the bank again after a crash. The token goes when it is settled. */
@Entity({ name: 'payment_intents' })
export class PaymentIntentEntity {
  @PrimaryColumn({ name: 'order_id', type: 'text' })
  orderId!: string;

  @Column({ name: 'amount_cents', type: 'integer' })
  amountCents!: number;

  @Column({ type: 'text', nullable: true })
  token!: string | null;

  /** `pending`, `captured`, `declined` or `voided`. */
  @Column({ type: 'text' })
  status!: string;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
