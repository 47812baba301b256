import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The one table of a small module for these tests. */
export class Notes implements MigrationInterface {
  readonly name = 'Notes1700000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (id text CONSTRAINT notes_pkey PRIMARY KEY, body text NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
}
