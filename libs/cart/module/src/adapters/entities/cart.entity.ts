import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { CartLine } from '../../domain/cart.ts';

/** A cart is one row: its lines change together, under one lock and one version. */
@Entity({ name: 'carts' })
export class CartEntity {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Index('carts_session')
  @Column({ name: 'session_id', type: 'text' })
  sessionId!: string;

  @Column({ type: 'jsonb' })
  items!: CartLine[];

  @Column({ type: 'integer' })
  version!: number;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
