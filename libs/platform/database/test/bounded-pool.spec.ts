import { EventEmitter } from 'node:events';
import { steadyNow } from '@atlas/coupling-runtime';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BoundedPool, GRACE_MS } from '../src/bounded-pool.ts';
import { CONNECT_TIMEOUT_MS } from '../src/postgres-source.ts';

/** A connection that is made at once, and whose server never says anything. */
class SilentClient extends EventEmitter {
  readonly _queryable = true;
  destroyed = false;
  readonly connection = { stream: { destroy: () => (this.destroyed = true) } };

  connect(connected: (error: null) => void): void {
    setImmediate(connected, null);
  }

  end(ended: () => void): void {
    ended();
  }
}

const within = (ms: number) => ({ deadlineAt: steadyNow() + ms });
const destroyed = (client: pg.PoolClient): boolean => client instanceof SilentClient && client.destroyed;

describe('a bounded pool', () => {
  let pool: BoundedPool;
  beforeEach(() => {
    pool = new BoundedPool({
      Client: SilentClient,
      max: 1,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 0,
    } as unknown as pg.PoolConfig);
  });
  afterEach(() => void vi.useRealTimers());

  test('serves on after thousands have given up waiting (B1)', async () => {
    const first = await pool.borrow(within(60_000));
    const soon = within(500);
    const ends = await Promise.allSettled(Array.from({ length: 5_000 }, () => pool.borrow(soon)));
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(pool.stats().waiting).toBeGreaterThan(2_000); // the pool itself still has them in its queue
    first.release(false);
    const next = await pool.borrow(within(60_000));
    next.release(false);
    expect(pool.stats()).toEqual({ total: 1, idle: 1, waiting: 0 });
  });

  test('forgets who has given up when it would have refused him itself, later (B1)', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const first = await pool.borrow(within(60_000));
    const late = pool.borrow(within(CONNECT_TIMEOUT_MS - 1_000)).catch((error: unknown) => error);
    vi.advanceTimersByTime(CONNECT_TIMEOUT_MS - 1_000);
    expect(await late).toMatchObject({ code: 'deadline_exceeded' });
    vi.advanceTimersByTime(1_000);
    expect(pool.stats().waiting).toBe(0);
    first.release(false);
    expect(pool.stats()).toEqual({ total: 1, idle: 1, waiting: 0 });
  });

  test('counts from the deadline when it takes a connection away, also from who waited for it (B2)', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const first = await pool.borrow(within(10_000));
    const waiting = pool.borrow(within(4_000));
    vi.advanceTimersByTime(3_000);
    first.release(false);
    const { client } = await waiting;
    vi.advanceTimersByTime(1_000 + GRACE_MS - 1);
    expect(destroyed(client)).toBe(false);
    vi.advanceTimersByTime(1);
    expect(destroyed(client)).toBe(true);
  });
});
