import pg from 'pg';
import type { DataSourceOptions, EntitySchema } from 'typeorm';
import { BoundedPool } from './bounded-pool.ts';
import { STATEMENT_TIMEOUT_MS } from './postgres-transaction.ts';

export const LOCK_TIMEOUT_MS = 1_000;
export const IDLE_IN_TRANSACTION_TIMEOUT_MS = 2_000;
/** A connection that is not made by then never will be. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Idle connections beyond the kept ones are closed after this. */
const IDLE_CONNECTION_MS = 30_000;
/**
 * Connections that stay open once they are, as far as the pool's size goes. A pool lends what came back last, so under a
 * light load the others idle; were they closed, each switch some time later would open them all again, at once.
 */
export const KEPT_CONNECTIONS = 4;

/** A TypeORM entity: a decorated class or an `EntitySchema`. */
export type Entity = (new () => object) | EntitySchema;

export interface DatabaseOptions {
  /** Postgres URL of the module's own role. */
  readonly url: string;
  /** `instance:nonce`: fencing finds the sessions of a process by it. At most 63 bytes. */
  readonly applicationName: string;
  /** The module's schema; becomes `search_path`. */
  readonly schema: string;
  readonly entities: readonly Entity[];
  /** Most connections at a time; ≥ 1. */
  readonly poolSize: number;
}

const BIGINT = 20;
const parseBigint = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} is too large for a number`);
  return value;
};
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    Number(oid) === BIGINT && format !== 'binary' ? parseBigint : pg.types.getTypeParser(oid, format),
};

/** The pool of one module, not connected yet. */
export const poolOf = (options: Omit<DatabaseOptions, 'entities'>): BoundedPool =>
  new BoundedPool({
    connectionString: options.url,
    application_name: options.applicationName,
    options: `-c search_path="${options.schema}"`,
    max: Math.max(1, options.poolSize),
    min: KEPT_CONNECTIONS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    keepAlive: true,
    pipeline: true,
    types,
  });

/** Hands TypeORM the pool that prepared statements use, so that both share one budget. */
export const sourceOptions = (
  pool: BoundedPool,
  options: Pick<DatabaseOptions, 'url' | 'schema' | 'entities'>,
): DataSourceOptions => {
  function Pool(): pg.Pool {
    return pool.open();
  }
  return {
    type: 'postgres',
    driver: { Pool },
    url: options.url,
    schema: options.schema,
    entities: [...options.entities],
    installExtensions: false,
    synchronize: false,
    logging: false,
  };
};
