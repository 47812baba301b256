/**
 * The brain's part of the database, through one connection of its own.
 *
 * B1  It never waits for long: a statement has 2 s, and while Postgres is away each call fails at once or within that.
 * B2  What is stored is stored once: the same second or minute again, of a clock that went back, is left alone.
 */
import pg from 'pg';
import type { Summary } from '../summary.ts';

/** A minute's mean rate; null: not known. */
export interface StoredMinute {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly rps: number | null;
}

export interface BrainStore {
  /** The last ones may be lost with a machine that loses its power: `synchronous_commit` is off here, to spare its disk. */
  addSeconds(seconds: readonly Summary[]): Promise<void>;
  addMinute(minute: Summary): Promise<void>;
  /** Stored seconds from a time on, oldest first. */
  secondsSince(atMs: number): Promise<Summary[]>;
  /** The newest minutes, oldest first. */
  minutes(most: number): Promise<StoredMinute[]>;
  /** Forgets seconds older than 2 h and minutes older than 400 days. */
  prune(): Promise<void>;
  close(): Promise<void>;
}

const STATEMENT_MS = 2_000;
/** A minute of which less was seen says nothing. */
const LEAST_COVERED = 0.25;

const ADD_SECONDS = `INSERT INTO brain.seconds (at, body)
  SELECT to_timestamp((each ->> 'at')::double precision / 1000), each FROM jsonb_array_elements($1::jsonb) each
  ON CONFLICT (at) DO NOTHING`;
const ADD_MINUTE = `INSERT INTO brain.minutes (at, rps, covered, body)
  VALUES (to_timestamp($1::double precision / 1000), $2, $3, $4) ON CONFLICT (at) DO NOTHING`;
const MINUTES = `SELECT (extract(epoch FROM at) / 60)::integer AS minute, rps
  FROM (SELECT at, rps FROM brain.minutes ORDER BY at DESC LIMIT $1) newest ORDER BY at`;

/** @param url of the role `atlas_brain`. Connects at the first use, and again after a loss. */
export function openBrainStore(url: string): BrainStore {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'brain',
    max: 1,
    connectionTimeoutMillis: STATEMENT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 500,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    options: '-c synchronous_commit=off',
  });
  pool.on('error', () => undefined);
  return {
    addSeconds: async (seconds) => void (await pool.query(ADD_SECONDS, [JSON.stringify(seconds)])),
    addMinute: async (minute) => {
      const { at, covered, answers } = minute;
      const rps = covered < LEAST_COVERED ? null : answers.rps;
      await pool.query(ADD_MINUTE, [at, rps, covered, JSON.stringify(minute)]);
    },
    secondsSince: async (atMs) => {
      const { rows } = await pool.query<{ body: Summary }>(
        'SELECT body FROM brain.seconds WHERE at >= to_timestamp($1::double precision / 1000) ORDER BY at',
        [atMs],
      );
      return rows.map(({ body }) => body);
    },
    minutes: async (most) => (await pool.query<StoredMinute>(MINUTES, [most])).rows,
    prune: async () => void (await pool.query('SELECT brain.prune()')),
    close: () => pool.end(),
  };
}
