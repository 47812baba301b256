import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Carts. */
export class Carts implements MigrationInterface {
  readonly name = 'Carts1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE carts (
        id text PRIMARY KEY,
        session_id text NOT NULL,
        items jsonb NOT NULL DEFAULT '[]',
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 70)`);
    await runner.query('CREATE INDEX carts_session ON carts (session_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE carts');
  }
}
