import { steadyNow } from '@atlas/coupling-runtime';
import { faultPoint } from '@atlas/platform-fault';
import { DataSource } from 'typeorm';
import type { BoundedPool, Loan } from './bounded-pool.ts';
import type { Bounded, Database, PoolStats, Statement, Transaction } from './database.ts';
import { failure, isAway } from './failure.ts';
import { poolOf, sourceOptions, type DatabaseOptions } from './postgres-source.ts';
import { PostgresTransaction, STATEMENT_TIMEOUT_MS } from './postgres-transaction.ts';
import { insideTransaction } from './transaction-watch.ts';

/** The one adapter of `Database`, over a connected data source and the pool that it shares. */
export class PostgresDatabase implements Database {
  readonly dataSource: DataSource;
  readonly #pool: BoundedPool;

  constructor(dataSource: DataSource, pool: BoundedPool) {
    this.dataSource = dataSource;
    this.#pool = pool;
  }

  async query<Row extends object>(
    bound: Bounded,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const loan = await this.#pool.borrow(bound);
    if (bound.deadlineAt - steadyNow() < STATEMENT_TIMEOUT_MS)
      return this.#run(loan, bound, (tx) => tx.query<Row>(statement, values));
    let broken = false;
    try {
      const { name, text } = statement;
      return (await loan.client.query<Row>({ name, text, values: [...values] })).rows;
    } catch (error) {
      const coded = loan.failure(error);
      broken = isAway(coded);
      throw coded;
    } finally {
      loan.release(broken);
    }
  }

  async transaction<T>(bound: Bounded, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#run(await this.#pool.borrow(bound), bound, work);
  }

  async #run<T>(loan: Loan, bound: Bounded, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const tx = new PostgresTransaction(loan, bound);
    let away = false;
    try {
      const result = await this.#attempt(tx, work);
      await endOf(tx);
      return result;
    } catch (error) {
      away = isAway(error);
      throw error;
    } finally {
      loan.release(away || loan.client.getTransactionStatus() !== 'I');
    }
  }

  async #attempt<T>(tx: PostgresTransaction, work: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      return await insideTransaction(() => work(tx));
    } catch (error) {
      // What went wrong first is what the caller should learn, not that the rollback failed as well.
      await tx.rollBack().catch(() => undefined);
      throw error;
    }
  }

  setPoolSize(connections: number): void {
    this.#pool.resize(connections);
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

async function endOf(tx: PostgresTransaction): Promise<void> {
  const before = faultPoint('database.commit.before');
  if (before) await before;
  await tx.end();
  const after = faultPoint('database.commit.after');
  if (after) await after;
}

/**
 * Connects a module to its database. Afterwards it reconnects by itself whenever Postgres was away.
 * @throws PlatformError dependency_unavailable when Postgres cannot be reached now.
 */
export async function createDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = poolOf(options);
  const source = new DataSource(sourceOptions(pool, options));
  await source.initialize().catch((error: unknown) => {
    throw failure(error);
  });
  return new PostgresDatabase(source, pool);
}
