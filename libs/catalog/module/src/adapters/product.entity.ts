import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One product. `initialStock` never changes: initial − sold = stock, as an auditor may check. */
@Entity({ name: 'products' })
@Check('products_stock_check', 'stock >= 0')
@Check('products_price_check', 'price_cents >= 0')
@Index('products_search', { synchronize: false })
export class ProductEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'products_pkey' }) id!: string;
  /** Place in the catalogue's fixed order. */
  @Index('products_position', { unique: true })
  @Column({ type: 'integer' })
  position!: number;
  @Column({ type: 'text' }) name!: string;
  @Column({ type: 'text' }) description!: string;
  @Column({ type: 'text' }) category!: string;
  @Column({ type: 'integer', name: 'price_cents' }) priceCents!: number;
  @Column({ type: 'text' }) currency!: string;
  @Column({ type: 'text', name: 'image_url' }) imageUrl!: string;
  @Column({ type: 'integer' }) stock!: number;
  @Column({ type: 'integer', name: 'initial_stock' }) initialStock!: number;
  /** Kept by a trigger. */
  @Column({ type: 'tsvector', nullable: true, select: false, insert: false, update: false })
  search!: string | null;
}
