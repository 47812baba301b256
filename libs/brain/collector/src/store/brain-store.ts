/**
 * The brain's part of the database, through one connection of its own.
 *
 * B1  It never waits for long: a statement has 2 s, and while Postgres is away each call fails at once or within that.
 * B2  What is stored is stored once: the same second or minute again, of a clock that went back, is left alone.
 */
import type { Sale } from '@atlas/brain-forecast';
import pg from 'pg';
import type { Summary } from '../summary.ts';

/** A minute's mean rates of what arrived; null: not known. */
export interface StoredMinute {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly rps: number | null;
  /** Module → requests per second. */
  readonly modules: Readonly<Record<string, number>>;
}

/** A decision as it was stored; what is in it is the brain's. */
export interface StoredDecision<T> {
  readonly id: number;
  /** Ms since 1970, on the clock of the database. */
  readonly at: number;
  readonly body: T;
}

export interface StoredSale extends Sale {
  readonly id: number;
}

export interface BrainStore {
  /** The clock of the database, ms since 1970. */
  now(): Promise<number>;
  /** The last ones may be lost with a machine that loses its power: `synchronous_commit` is off, to spare its disk. */
  addSeconds(seconds: readonly Summary[]): Promise<void>;
  addMinute(minute: Summary): Promise<void>;
  /** Stored seconds from a time on, oldest first; 60 at most, for a clock that went back leaves some that are still to come. */
  secondsSince(atMs: number): Promise<Summary[]>;
  /** Minutes from one on, oldest first, as many at most. */
  minutes(from: number, most: number): Promise<StoredMinute[]>;
  /** Resolves to its number. */
  addDecision(body: object): Promise<number>;
  /** Newest first. */
  decisions<T>(most: number): Promise<StoredDecision<T>[]>;
  decision<T>(id: number): Promise<StoredDecision<T> | undefined>;
  /** Keeps what was learned of costs, in place of what was kept before; what is in it is the brain's. */
  keepCosts(body: object): Promise<void>;
  /** Undefined: none were kept yet. */
  keptCosts(): Promise<unknown>;
  sales(): Promise<StoredSale[]>;
  addSale(sale: Sale): Promise<StoredSale>;
  /** False when there is none of that number. */
  strikeSale(id: number): Promise<boolean>;
  /**
   * Forgets seconds older than 2 h, decisions older than 30 days, and minutes and sales that are 400 days older than
   * `nowMs`, ms since 1970: those are in the time of a trace.
   */
  prune(nowMs: number): Promise<void>;
  close(): Promise<void>;
}

const STATEMENT_MS = 2_000;
const MOST_SECONDS = 60;
/** A minute of which less was seen says nothing. */
export const LEAST_COVERED = 0.25;

/** Of a minute's rate. 1: of answers, which is too low for a shop that was behind · 2: of what arrived. */
export const ARRIVALS_FORMAT = 2;

const ADD_SECONDS = `INSERT INTO brain.seconds (at, body)
  SELECT to_timestamp((each ->> 'at')::double precision / 1000), each FROM jsonb_array_elements($1::jsonb) each
  ON CONFLICT (at) DO NOTHING`;
const ADD_MINUTE = `INSERT INTO brain.minutes (at, rps, covered, body, format)
  VALUES (to_timestamp($1::double precision / 1000), $2, $3, $4, ${ARRIVALS_FORMAT}) ON CONFLICT (at) DO NOTHING`;
const MINUTES = `SELECT (extract(epoch FROM at) / 60)::integer AS minute, rps, coalesce(modules, '{}') AS modules
  FROM (SELECT * FROM brain.minutes WHERE at >= to_timestamp($1::double precision * 60) ORDER BY at LIMIT $2) page,
    LATERAL (SELECT jsonb_object_agg(key, coalesce(value -> 'arrivals', value -> 'rps')) AS modules FROM jsonb_each(body -> 'modules')) each
  ORDER BY at`;
const NOW = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS at';
/** Of a decision's body; one more whenever readers need what older bodies do not have. 5: all that the API's document says. */
const FORMAT = 5;
const DECISION = `SELECT id, (extract(epoch FROM at) * 1000)::double precision AS at, body FROM brain.decisions
  WHERE format = ${FORMAT}`;
const ADD_DECISION = `INSERT INTO brain.decisions (body, format) VALUES ($1, ${FORMAT}) RETURNING id`;
const KEEP_COSTS = `INSERT INTO brain.costs (body) VALUES ($1)
  ON CONFLICT ("only") DO UPDATE SET body = excluded.body, at = excluded.at`;
const SALE = `id, from_min AS "fromMin", length_min AS "lengthMin", times`;

function openPool(url: string): pg.Pool {
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
  // A lost connection shows at the next call (B1).
  return pool.on('error', () => undefined);
}

/** @param url of the role `atlas_brain`. Connects at the first use, and again after a loss. */
export function openBrainStore(url: string): BrainStore {
  const pool = openPool(url);
  async function rows<R extends pg.QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<R[]> {
    return (await pool.query<R>(sql, [...values])).rows;
  }
  const one = async <R extends pg.QueryResultRow>(sql: string, values: readonly unknown[]): Promise<R> => {
    const [row] = await rows<R>(sql, values);
    if (!row) throw new Error('the database gave no row back');
    return row;
  };
  return {
    now: async () => (await one<{ at: number }>(NOW, [])).at,
    addSeconds: async (seconds) => void (await rows(ADD_SECONDS, [JSON.stringify(seconds)])),
    addMinute: async (minute) => {
      const { at, covered, answers } = minute;
      const rps = covered < LEAST_COVERED ? null : answers.arrivals;
      await rows(ADD_MINUTE, [at, rps, covered, JSON.stringify(minute)]);
    },
    secondsSince: async (atMs) => {
      const since = 'at >= to_timestamp($1::double precision / 1000)';
      const found = await rows<{ body: Summary }>(
        `SELECT body FROM brain.seconds WHERE ${since} ORDER BY at LIMIT ${MOST_SECONDS}`,
        [atMs],
      );
      return found.map(({ body }) => body);
    },
    minutes: (from, most) => rows<StoredMinute>(MINUTES, [from, most]),
    addDecision: async (body) => (await one<{ id: number }>(ADD_DECISION, [JSON.stringify(body)])).id,
    decisions: <T>(most: number) => rows<StoredDecision<T>>(`${DECISION} ORDER BY id DESC LIMIT $1`, [most]),
    decision: async <T>(id: number) => (await rows<StoredDecision<T>>(`${DECISION} AND id = $1`, [id]))[0],
    keepCosts: async (body) => void (await rows(KEEP_COSTS, [JSON.stringify(body)])),
    keptCosts: async () => (await rows<{ body: unknown }>('SELECT body FROM brain.costs'))[0]?.body,
    sales: () => rows<StoredSale>(`SELECT ${SALE} FROM brain.sales ORDER BY from_min, id`),
    addSale: ({ fromMin, lengthMin, times }) =>
      one<StoredSale>(
        `INSERT INTO brain.sales (from_min, length_min, times) VALUES ($1, $2, $3) RETURNING ${SALE}`,
        [fromMin, lengthMin, times],
      ),
    strikeSale: async (id) =>
      (await rows('DELETE FROM brain.sales WHERE id = $1 RETURNING id', [id])).length > 0,
    prune: async (nowMs) =>
      void (await rows('SELECT brain.prune(to_timestamp($1::double precision / 1000))', [nowMs])),
    close: () => pool.end(),
  };
}
