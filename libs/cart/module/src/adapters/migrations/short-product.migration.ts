import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which product an order was refused for. Orders of before, and of the previous build, do not say. */
export class ShortProduct implements MigrationInterface {
  readonly name = 'ShortProduct1764000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders ADD COLUMN short_product_id text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN short_product_id');
  }
}
