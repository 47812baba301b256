import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For the list of a session's orders. */
export class OrdersOfSession implements MigrationInterface {
  readonly name = 'OrdersOfSession1764000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX orders_of_session ON orders (session_id, created_at DESC)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_of_session');
  }
}
