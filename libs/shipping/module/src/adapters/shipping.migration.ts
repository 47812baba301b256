import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Shipments. */
export class Shipping implements MigrationInterface {
  readonly name = 'Shipping1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE shipments (
        id text CONSTRAINT shipments_pkey PRIMARY KEY,
        order_id text NOT NULL CONSTRAINT shipments_order UNIQUE,
        tracking_number text NOT NULL,
        parcel jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE shipments');
  }
}
