import type { ClientBase } from 'pg';

/**
 * Seconds and minutes are written once. What is old goes by `prune` alone.
 */
const TABLES = `
  CREATE SCHEMA IF NOT EXISTS brain;
  REVOKE ALL ON SCHEMA brain FROM PUBLIC;
  CREATE TABLE IF NOT EXISTS brain.seconds (
    at timestamptz PRIMARY KEY,
    body jsonb NOT NULL
  );
  CREATE TABLE IF NOT EXISTS brain.minutes (
    at timestamptz PRIMARY KEY,
    rps double precision CHECK (rps >= 0 AND rps < 'infinity'),
    covered real NOT NULL CHECK (covered BETWEEN 0 AND 1),
    body jsonb NOT NULL
  );
  COMMENT ON COLUMN brain.minutes.rps IS 'null: not known, every second had a hole';`;

const PRUNE = `
  CREATE OR REPLACE FUNCTION brain.prune() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DELETE FROM brain.seconds WHERE at < clock_timestamp() - interval '2 hours';
    DELETE FROM brain.minutes WHERE at < clock_timestamp() - interval '400 days';
  $$;
  REVOKE ALL ON FUNCTION brain.prune() FROM PUBLIC;`;

/**
 * Makes the schema `brain` and what its role may do there: read, and append. Idempotent.
 * @param client a superuser's, in the shop's database
 * @param role must exist
 */
export async function migrateBrain(client: Pick<ClientBase, 'query'>, role: string): Promise<void> {
  const name = `"${role.replaceAll('"', '""')}"`;
  await client.query(`BEGIN; SELECT pg_advisory_xact_lock(4711003); ${TABLES} ${PRUNE}
    GRANT USAGE ON SCHEMA brain TO ${name};
    GRANT SELECT, INSERT ON brain.seconds, brain.minutes TO ${name};
    GRANT EXECUTE ON FUNCTION brain.prune() TO ${name};
    COMMIT;`);
}
