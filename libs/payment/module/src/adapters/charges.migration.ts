import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The charges table. */
export class Charges implements MigrationInterface {
  readonly name = 'Charges1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE charges (
        order_id text PRIMARY KEY,
        amount_cents integer CHECK (amount_cents >= 0),
        status text NOT NULL CHECK (status IN ('open', 'captured', 'declined', 'voided')),
        decline_code text,
        given_up boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE charges');
  }
}
