import type { Client } from 'pg';

export interface EventLogRoles {
  /** Roles of the modules that publish; they may only INSERT, and nobody else any more. They must exist. */
  readonly writers: readonly string[];
  /** Role of the pump: reads events, and marks what its consumers have done. It must exist. */
  readonly reader: string;
}

/**
 * `xid` orders events by transaction, not by number: everything below the oldest running transaction is final, whatever
 * numbers the running ones have drawn already (see `postgres-event-reader`).
 */
const TABLES = `
  CREATE SCHEMA IF NOT EXISTS event_log;
  REVOKE ALL ON SCHEMA event_log FROM PUBLIC;
  CREATE TABLE IF NOT EXISTS event_log.events (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT events_id UNIQUE,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    name text NOT NULL,
    aggregate_id text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    payload jsonb NOT NULL,
    root_id text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT events_version UNIQUE (name, aggregate_id, version)
  );
  CREATE INDEX IF NOT EXISTS events_scan ON event_log.events (name, xid, seq);
  CREATE TABLE IF NOT EXISTS event_log.handled (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    name text NOT NULL,
    xid xid8 NOT NULL,
    PRIMARY KEY (consumer, event_id)
  );
  CREATE INDEX IF NOT EXISTS handled_window ON event_log.handled (consumer, name, xid);
  CREATE TABLE IF NOT EXISTS event_log.watermarks (
    consumer text NOT NULL,
    name text NOT NULL,
    xid xid8 NOT NULL,
    PRIMARY KEY (consumer, name)
  );
  CREATE TABLE IF NOT EXISTS event_log.overdue (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (consumer, event_id)
  );
  COMMENT ON TABLE event_log.overdue IS 'not done, though the watermark has passed them';`;

/**
 * Forgets old events of names that are consumed, below the lowest watermark of the name: there everybody is done with all
 * that is not overdue. The only way to delete an event; the pump may call it, and nothing else. Of each name it reads the
 * oldest only, and by an index, whatever the planner believes: to read a month of events for the few that are too old
 * takes longer than a statement may, and then nothing is forgotten any more.
 */
const PRUNE = `
  CREATE OR REPLACE FUNCTION event_log.prune(p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH gone AS (
      DELETE FROM event_log.events WHERE seq = ANY (ARRAY(
        SELECT e.seq
        FROM (SELECT DISTINCT ON (name) name, xid FROM event_log.watermarks ORDER BY name, xid) w,
          LATERAL (SELECT o.seq, o.at FROM event_log.events o WHERE o.name = w.name AND o.xid < w.xid
                     AND o.id <> ALL (ARRAY(SELECT event_id FROM event_log.overdue))
                   ORDER BY o.xid, o.seq LIMIT p_limit) e
        WHERE e.at < clock_timestamp() - interval '30 days' LIMIT p_limit
      )) RETURNING seq
    )
    SELECT count(*)::integer FROM gone
  $$;
  REVOKE ALL ON FUNCTION event_log.prune(integer) FROM PUBLIC;`;

/** Who published under an earlier build, and is no writer now, writes no more. */
const REVOKE = `
  DO $$ DECLARE writer text; BEGIN
    FOR writer IN SELECT grantee FROM information_schema.role_table_grants
      WHERE table_schema = 'event_log' AND table_name = 'events' AND privilege_type = 'INSERT' AND grantee <> grantor
    LOOP EXECUTE format('REVOKE INSERT ON event_log.events FROM %I', writer); END LOOP;
  END $$;`;

/** Makes the event log's tables and grants; idempotent. `client` is a superuser's, in the shop's database. */
export async function migrateEventLog(client: Pick<Client, 'query'>, roles: EventLogRoles): Promise<void> {
  const quote = (role: string): string => `"${role.replaceAll('"', '""')}"`;
  const reader = quote(roles.reader);
  const everyone = [...roles.writers.map(quote), reader].join(', ');
  const writers = roles.writers.map(quote).join(', ');
  await client.query(`BEGIN; SELECT pg_advisory_xact_lock(4711002); ${TABLES} ${PRUNE} ${REVOKE}
    GRANT USAGE ON SCHEMA event_log TO ${everyone};
    ${writers === '' ? '' : `GRANT INSERT ON event_log.events TO ${writers};`}
    GRANT SELECT ON event_log.events TO ${reader};
    GRANT SELECT, INSERT, DELETE ON event_log.handled, event_log.overdue TO ${reader};
    GRANT SELECT, INSERT, UPDATE ON event_log.watermarks TO ${reader};
    GRANT EXECUTE ON FUNCTION event_log.prune(integer) TO ${reader};
    COMMIT;`);
}
