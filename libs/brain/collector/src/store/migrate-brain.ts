import type { ClientBase } from 'pg';

/** Everything is written once, but for sales, which may be struck, and the one row of costs. What is old goes by `prune` alone. */
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
  ALTER TABLE brain.minutes ADD COLUMN IF NOT EXISTS format smallint NOT NULL DEFAULT 1;
  COMMENT ON COLUMN brain.minutes.format IS '1: rates are of answers, too low for a shop that was behind. 2: of arrivals';
  COMMENT ON COLUMN brain.minutes.rps IS 'null: not known, every second had a hole';
  CREATE TABLE IF NOT EXISTS brain.decisions (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    body jsonb NOT NULL
  );
  ALTER TABLE brain.decisions ADD COLUMN IF NOT EXISTS format smallint NOT NULL DEFAULT 1;
  COMMENT ON COLUMN brain.decisions.format IS 'what a body has: one of another format is not read';
  CREATE INDEX IF NOT EXISTS decisions_at ON brain.decisions (at);
  CREATE TABLE IF NOT EXISTS brain.sales (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_min integer NOT NULL,
    length_min integer NOT NULL CHECK (length_min > 0),
    times double precision NOT NULL CHECK (times > 0 AND times < 'infinity')
  );
  CREATE TABLE IF NOT EXISTS brain.costs (
    "only" boolean PRIMARY KEY DEFAULT true CHECK ("only"),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    body jsonb NOT NULL
  );`;

const PRUNE = `
  DROP FUNCTION IF EXISTS brain.prune();
  CREATE OR REPLACE FUNCTION brain.prune(trace_now timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DELETE FROM brain.seconds WHERE at < clock_timestamp() - interval '2 hours';
    DELETE FROM brain.minutes WHERE at < trace_now - interval '400 days';
    DELETE FROM brain.decisions WHERE at < clock_timestamp() - interval '30 days';
    DELETE FROM brain.sales WHERE to_timestamp(60.0 * from_min + 60.0 * length_min) < trace_now - interval '400 days';
  $$;
  REVOKE ALL ON FUNCTION brain.prune(timestamptz) FROM PUBLIC;`;

/**
 * Makes the schema `brain` and what its role may do there: read, append, strike sales, and keep costs. Idempotent.
 * @param client a superuser's, in the shop's database
 * @param role must exist
 */
export async function migrateBrain(client: Pick<ClientBase, 'query'>, role: string): Promise<void> {
  const name = `"${role.replaceAll('"', '""')}"`;
  await client.query(`BEGIN; SELECT pg_advisory_xact_lock(4711003); ${TABLES} ${PRUNE}
    GRANT USAGE ON SCHEMA brain TO ${name};
    GRANT SELECT, INSERT ON brain.seconds, brain.minutes, brain.decisions, brain.sales, brain.costs TO ${name};
    GRANT UPDATE ON brain.costs TO ${name};
    GRANT DELETE ON brain.sales TO ${name};
    GRANT EXECUTE ON FUNCTION brain.prune(timestamptz) TO ${name};
    COMMIT;`);
}
