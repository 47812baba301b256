import type { DataSource } from 'typeorm';

/** A prepared statement: parsed once per connection under its name, which is unique per module. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * One open transaction. Statements travel without waiting for each other's answers: the first one carries `BEGIN`
 * with it, and those started together (`Promise.all`) share a round trip.
 */
export interface Transaction {
  query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
  /**
   * Sends a statement whose rows nobody needs right before `COMMIT`, in the same round trip.
   * If it fails, nothing is committed and `transaction` rejects.
   */
  defer(statement: Statement, values: readonly unknown[]): void;
  /** Rolls back at the end, though `work` resolves; its value is still what `transaction` resolves to. */
  abandon(): void;
}

/** What bounds a database call in time: a `Call`, or any object with a deadline. */
export interface Bounded {
  /** Absolute, ms, on the clock of this process (`steadyNow`). */
  readonly deadlineAt: number;
}

/** Connections of one pool: open, of these idle, and callers waiting for one. */
export interface PoolStats {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

/**
 * One module's database: its own schema, role and pool.
 * Every statement gets `statement_timeout` ≤ the rest of the deadline; `lock_timeout` and
 * `idle_in_transaction_session_timeout` (2 s) are set per session. `application_name` is `instance:nonce`.
 * `bigint` columns arrive as numbers. Errors: `PlatformError('dependency_unavailable')` when the database cannot be
 * reached or is starting, `PlatformError('deadline_exceeded')` when the time ran out; others as thrown by `pg`.
 */
export interface Database {
  query<Row extends object>(bound: Bounded, statement: Statement, values: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs `work` in one transaction: commit when it resolves, rollback when it rejects or a statement failed.
   * No module call and no outside I/O inside; a call inside one throws in tests (`assertOutsideTransaction`).
   */
  transaction<T>(bound: Bounded, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** TypeORM's view of the same pool, for cold paths. */
  readonly dataSource: DataSource;
  /** Follows the connection budget when the layout changes; ≥ 1. */
  setPoolSize(connections: number): void;
  stats(): PoolStats;
  close(): Promise<void>;
}
