import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The inbox of a module that consumes events: list it first among the module's migrations. */
export class Inbox implements MigrationInterface {
  readonly name = 'Inbox1700000000500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inbox (
        consumer text NOT NULL,
        name text NOT NULL,
        aggregate_id text NOT NULL,
        version integer NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT inbox_pkey PRIMARY KEY (consumer, name, aggregate_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE inbox');
  }
}
