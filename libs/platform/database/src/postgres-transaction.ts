/**
 * One transaction on one lent connection, pipelined: nothing waits for an answer that it does not need.
 *
 * T1  `BEGIN`, with `SET LOCAL statement_timeout` when the session's default is longer than the rest of the
 *     deadline, travels with the first statement. No statement, no transaction. What travels with a `BEGIN` that fails
 *     takes effect alone; it fails only if cancelled within the microseconds that it takes, e.g. where its session stands
 *     still just then for as long as a statement may take. To wait for it would cost a round trip each time.
 * T2  No statement is given more time than the deadline leaves.
 * T3  `COMMIT` is sent only if every statement so far succeeded, and counts only if the server says `COMMIT`: it
 *     answers `ROLLBACK` when a deferred statement, sent just before, failed.
 */
import type pg from 'pg';
import { timeLeft, type Loan } from './bounded-pool.ts';
import type { Bounded, Statement, Transaction } from './database.ts';

/** The session's default; the most that any statement may take. */
export const STATEMENT_TIMEOUT_MS = 2_000;
/** A timeout that is this much too long is not worth correcting. */
const SLACK_MS = 20;

export class PostgresTransaction implements Transaction {
  readonly #loan: Loan;
  readonly #bound: Bounded;
  readonly #deferred: (readonly [Statement, readonly unknown[]])[] = [];
  #begun = false;
  #timeoutMs = STATEMENT_TIMEOUT_MS;
  #failed: { readonly error: unknown } | undefined;
  #abandoned = false;

  constructor(loan: Loan, bound: Bounded) {
    this.#loan = loan;
    this.#bound = bound;
  }

  async query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    try {
      this.#open(timeLeft(this.#bound));
      return (await this.#send<Row>(statement, values)).rows;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  defer(statement: Statement, values: readonly unknown[]): void {
    this.#deferred.push([statement, values]);
  }

  abandon(): void {
    this.#abandoned = true;
  }

  /**
   * Ends it: commits, or rolls back when it was abandoned.
   * @throws what made the first statement fail, or the commit.
   */
  async end(): Promise<void> {
    if (this.#abandoned) return this.rollBack();
    if (this.#failed) return this.#giveUp(this.#failed.error);
    if (!this.#begun && this.#deferred.length === 0) return;
    try {
      this.#open(timeLeft(this.#bound));
    } catch (error) {
      return this.#giveUp(error);
    }
    for (const [statement, values] of this.#deferred) this.#background(this.#send(statement, values));
    const { command } = await this.#loan.client.query('COMMIT').catch((error: unknown) => {
      throw this.#fail(error);
    });
    if (command !== 'COMMIT') throw this.#firstFailure() ?? new Error(`the server said ${command} to COMMIT`);
  }

  async rollBack(): Promise<void> {
    if (!this.#begun) return;
    await this.#loan.client.query('ROLLBACK').catch((error: unknown) => {
      throw this.#loan.failure(error);
    });
  }

  /** What went wrong first is what the caller should learn, not that the rollback failed as well. */
  async #giveUp(error: unknown): Promise<never> {
    await this.rollBack().catch(() => undefined);
    throw error;
  }

  #open(left: number): void {
    const timeoutMs = Math.max(1, Math.min(STATEMENT_TIMEOUT_MS, Math.floor(left)));
    const parts: string[] = [];
    if (!this.#begun) parts.push('BEGIN');
    if (timeoutMs < this.#timeoutMs - (this.#begun ? SLACK_MS : 0)) {
      parts.push(`SET LOCAL statement_timeout = ${timeoutMs}`); // T2
      this.#timeoutMs = timeoutMs;
    }
    if (parts.length === 0) return;
    this.#begun = true;
    this.#background(this.#loan.client.query(parts.join('; '))); // T1
  }

  #send<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<pg.QueryResult<Row>> {
    return this.#loan.client.query<Row>({ name: statement.name, text: statement.text, values: [...values] });
  }

  /** Its failure makes the commit fail, and the statements after it (but see T1): it need not be awaited. */
  #background(sent: Promise<unknown>): void {
    sent.catch((error: unknown) => this.#fail(error));
  }

  #firstFailure(): unknown {
    return this.#failed?.error;
  }

  #fail(error: unknown): unknown {
    const coded = this.#loan.failure(error);
    this.#failed ??= { error: coded };
    return coded;
  }
}
