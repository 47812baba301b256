/**
 * A `pg` pool whose every loan is bounded by the borrower's deadline, and whose size follows the connection budget.
 *
 * B1  Nobody waits for a connection past its deadline; one that arrives too late goes straight back, in a turn of its own:
 *     the pool hands it on at once, and through thousands who have given up that is deeper than a stack.
 * B2  A connection still lent out `GRACE_MS` after the deadline is destroyed: the server may be frozen, or the
 *     borrower stuck. `statement_timeout` ends ordinary lateness before that.
 * B3  A broken connection never goes back, nor does a sound one while the pool is larger than its budget.
 * B4  Why a connection was closed between two statements, by the server or by B2, is kept for its borrower.
 */
import { steadyNow } from '@atlas/coupling-runtime';
import pg from 'pg';
import type { Bounded, PoolStats } from './database.ts';
import { failure, outOfTime } from './failure.ts';

/** Time between the deadline and the destruction of a connection that is still lent out. */
export const GRACE_MS = 250;

export interface Loan {
  readonly client: pg.PoolClient;
  /** Codes an error of this connection; knows what the server said when it closed it. */
  failure(error: unknown): unknown;
  /** Gives it back; `broken` destroys it. Idempotent. */
  release(broken: boolean): void;
}

/** Milliseconds left. @throws PlatformError deadline_exceeded when none are. */
export function timeLeft(bound: Bounded): number {
  const left = bound.deadlineAt - steadyNow();
  if (left <= 0) throw outOfTime();
  return left;
}

const ignore = (): void => undefined;

export class BoundedPool {
  readonly #config: pg.PoolConfig;
  readonly #lastWords = new WeakMap<pg.PoolClient, { error: unknown }>();
  #pool: pg.Pool;

  constructor(config: pg.PoolConfig) {
    this.#config = config;
    this.#pool = this.#make();
  }

  /** The pool itself, for TypeORM; a fresh one when TypeORM, failing to connect, has ended the first. */
  open(): pg.Pool {
    if (this.#pool.ending) this.#pool = this.#make();
    return this.#pool;
  }

  #make(): pg.Pool {
    const pool = new pg.Pool(this.#config);
    pool.on('error', ignore);
    return pool;
  }

  /** @throws PlatformError deadline_exceeded, dependency_unavailable. */
  async borrow(bound: Bounded): Promise<Loan> {
    const client = await this.#connect(timeLeft(bound));
    return this.#lend(client, bound.deadlineAt - steadyNow());
  }

  #connect(left: number): Promise<pg.PoolClient> {
    return new Promise((resolve, reject) => {
      let late = false;
      const giveUp = (): void => {
        late = true;
        reject(outOfTime());
      };
      const free = this.#pool.idleCount > this.#pool.waitingCount;
      const timer = free ? undefined : setTimeout(giveUp, left);
      this.#pool.connect((error, client, done) => {
        clearTimeout(timer);
        if (!client) reject(failure(error));
        else if (late)
          process.nextTick(done); // B1
        else resolve(client);
      });
    });
  }

  #lend(client: pg.PoolClient, left: number): Loan {
    const lastWords = this.#listen(client);
    let lent = true;
    const release = (broken: boolean): void => {
      if (!lent) return;
      lent = false;
      clearTimeout(watchdog);
      client.release(broken || this.#pool.totalCount > this.#pool.options.max); // B3
    };
    const watchdog = setTimeout(() => {
      lastWords.error ??= outOfTime();
      destroy(client); // B2
    }, left + GRACE_MS);
    const explain = (error: unknown): unknown => failure(lastWords.error ?? error);
    return { client, release, failure: explain };
  }

  #listen(client: pg.PoolClient): { error: unknown } {
    const known = this.#lastWords.get(client);
    if (known) return known;
    const lastWords: { error: unknown } = { error: undefined };
    this.#lastWords.set(client, lastWords);
    client.on('error', (error) => (lastWords.error ??= error)); // B4
    return lastWords;
  }

  /** Grows at once, so that those who wait are served; shrinks as connections become idle. */
  resize(connections: number): void {
    const max = Math.max(1, Math.trunc(connections));
    const grown = max - this.#pool.options.max;
    this.#pool.options.max = max;
    const excess = Math.min(this.#pool.totalCount - max, this.#pool.idleCount);
    for (let n = 0; n < excess; n += 1) this.#touch(true);
    for (let n = 0; n < Math.min(grown, this.#pool.waitingCount); n += 1) this.#touch(false);
  }

  /** Takes a connection and lets go of it: destroys an idle one, or makes the pool look at its queue. */
  #touch(destroyIt: boolean): void {
    this.#pool.connect((_error, client, done) => {
      if (client) done(destroyIt);
    });
  }

  stats(): PoolStats {
    const { totalCount: total, idleCount: idle, waitingCount: waiting } = this.#pool;
    return { total, idle, waiting };
  }
}

/** B2. `end` would wait for the server's answer; only the socket's end is sure to come. */
function destroy(client: pg.PoolClient): void {
  if (!('connection' in client)) return;
  const { connection } = client;
  if (typeof connection !== 'object' || connection === null || !('stream' in connection)) return;
  const { stream } = connection;
  if (typeof stream !== 'object' || stream === null || !('destroy' in stream)) return;
  if (typeof stream.destroy === 'function') stream.destroy();
}
