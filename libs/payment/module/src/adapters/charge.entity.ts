import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One row per order, forever: the natural key that makes a second charge impossible (E6). */
@Entity({ name: 'charges' })
export class ChargeEntity {
  @PrimaryColumn({ name: 'order_id', type: 'text' })
  orderId!: string;

  @Column({ name: 'amount_cents', type: 'integer', nullable: true })
  amountCents!: number | null;

  /** `open`, `captured`, `declined` or `voided`. */
  @Column({ type: 'text' })
  status!: string;

  @Column({ name: 'decline_code', type: 'text', nullable: true })
  declineCode!: string | null;

  @Column({ name: 'given_up', type: 'boolean' })
  givenUp!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
