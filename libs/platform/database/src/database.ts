import type { DataSource } from 'typeorm';

/** A prepared statement: parsed once per connection under its name, which is unique per module. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Transaction {
  query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

/** What bounds a database call in time: a `Call`, or any object with a deadline. */
export interface Bounded {
  /** Absolute, in milliseconds since 1970. */
  readonly deadlineAt: number;
}

/**
 * One module's database: its own schema, role and pool.
 * Every statement gets `statement_timeout` ≤ the rest of the deadline; `lock_timeout` and
 * `idle_in_transaction_session_timeout` (2 s) are set per session. `application_name` is `instance:nonce`.
 * Errors: `PlatformError('dependency_unavailable')` when the database cannot be reached or is starting,
 * `PlatformError('deadline_exceeded')` when the time ran out; others as thrown by `pg`.
 */
export interface Database {
  query<Row extends object>(bound: Bounded, statement: Statement, values: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs `work` in one transaction: commit when it resolves, rollback when it rejects.
   * No module call and no outside I/O inside; a call inside one throws in tests (`assertOutsideTransaction`).
   */
  transaction<T>(bound: Bounded, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** TypeORM's view of the same pool, for cold paths. */
  readonly dataSource: DataSource;
  /** Follows the connection budget when the layout changes; ≥ 1. */
  setPoolSize(connections: number): void;
  /** Open, idle and waiting connections. */
  stats(): { readonly total: number; readonly idle: number; readonly waiting: number };
  close(): Promise<void>;
}
