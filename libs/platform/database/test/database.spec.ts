import { PlatformError } from '@atlas/coupling-runtime';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createDatabase, KEPT_CONNECTIONS, violates, type Database, type Statement } from '../src/index.ts';
import { poolOf } from '../src/postgres-source.ts';
import { scratchModule, type ScratchModule } from '../src/testing.ts';
import { Notes } from './notes.ts';

let scratch: ScratchModule;
let database: Database;
let admin: pg.Client;

beforeAll(async () => {
  scratch = await scratchModule(inject('postgresUrl'), {
    module: 'notes',
    entities: [],
    migrations: [Notes],
  });
  database = await scratch.open(2);
  admin = new pg.Client({ connectionString: scratch.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await scratch.drop();
});

const within = (ms: number) => ({ deadlineAt: Date.now() + ms });
const INSERT: Statement = {
  name: 'insert',
  text: 'INSERT INTO notes (id, body) VALUES ($1, $2) RETURNING id',
};
const BODY: Statement = { name: 'body', text: 'SELECT body FROM notes WHERE id = $1' };
const SLEEP: Statement = { name: 'sleep', text: 'SELECT pg_sleep($1::float)::text' };
const PID: Statement = { name: 'pid', text: 'SELECT pg_backend_pid() AS pid' };
const SETTING: Statement = { name: 'setting', text: 'SELECT current_setting($1) AS value' };
const TIMEOUT: Statement = {
  name: 'timeout',
  text: `SELECT setting::integer AS ms FROM pg_settings WHERE name = 'statement_timeout'`,
};
const LOCK: Statement = { name: 'lock', text: 'SELECT id FROM notes WHERE id = $1 FOR UPDATE' };
/** Else Postgres would end the session when its transaction has done nothing for two seconds. */
const UNHURRIED: Statement = {
  name: 'unhurried',
  text: `SELECT pg_backend_pid() AS pid, set_config('idle_in_transaction_session_timeout', '0', true)`,
};

const body = async (id: string): Promise<string | undefined> =>
  (await database.query<{ body: string }>(within(5_000), BODY, [id]))[0]?.body;
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof PlatformError ? error.code : error),
  );

/** Borrows so many connections, or waits for them, and gives all back when told to. */
function borrow(connections: number): { giveBack(): Promise<void> } {
  const gate = Promise.withResolvers<void>();
  const borrowed = Array.from({ length: connections }, () =>
    database.transaction(within(30_000), async (tx) => {
      await tx.query(UNHURRIED, []);
      await gate.promise;
    }),
  );
  return {
    giveBack: async () => {
      gate.resolve();
      await Promise.all(borrowed);
    },
  };
}

describe('sessions', () => {
  test('carry the time-outs, the schema and the name of their host', async () => {
    const value = async (name: string) =>
      (await database.query<{ value: string }>(within(5_000), SETTING, [name]))[0]?.value;
    expect(await value('lock_timeout')).toBe('1s');
    expect(await value('idle_in_transaction_session_timeout')).toBe('2s');
    expect(await value('statement_timeout')).toBe('2s');
    expect(await value('search_path')).toBe('"notes"');
    expect(await value('application_name')).toBe(`notes-test:${scratch.role}`);
  });

  test('a statement with less time than the default gets only the rest of its deadline', async () => {
    const [row] = await database.query<{ ms: number }>(within(1_500), TIMEOUT, []);
    expect(row?.ms).toBeLessThanOrEqual(1_500);
    expect(await database.query(within(5_000), TIMEOUT, [])).toEqual([{ ms: 2_000 }]);
  });

  test('bigints arrive as numbers, too large ones are refused', async () => {
    const statement: Statement = { name: 'big', text: 'SELECT $1::bigint AS n' };
    expect(await database.query(within(5_000), statement, ['9007199254740991'])).toEqual([
      { n: 2 ** 53 - 1 },
    ]);
    await expect(database.query(within(5_000), statement, ['9007199254740993'])).rejects.toThrow(RangeError);
  });
});

describe('a transaction', () => {
  test('commits what it did, deferred statements included', async () => {
    const result = await database.transaction(within(5_000), async (tx) => {
      tx.defer(INSERT, ['deferred', 'b']);
      await tx.query(INSERT, ['direct', 'a']);
      return 'done';
    });
    expect([result, await body('direct'), await body('deferred')]).toEqual(['done', 'a', 'b']);
  });

  test('leaves nothing when its work fails', async () => {
    const failed = database.transaction(within(5_000), async (tx) => {
      await tx.query(INSERT, ['failed', 'a']);
      throw new RangeError('no');
    });
    await expect(failed).rejects.toThrow(RangeError);
    expect(await body('failed')).toBeUndefined();
  });

  test('leaves nothing, and rejects, when a deferred statement fails', async () => {
    const failed = database.transaction(within(5_000), async (tx) => {
      await tx.query(INSERT, ['first', 'a']);
      tx.defer(INSERT, ['first', 'again']);
      tx.defer(INSERT, ['second', 'b']);
    });
    await expect(failed).rejects.toSatisfy((error) => violates(error, 'notes_pkey'));
    expect([await body('first'), await body('second')]).toEqual([undefined, undefined]);
  });

  test('does not commit when its work swallowed the failure of a statement', async () => {
    const failed = database.transaction(within(5_000), async (tx) => {
      await tx.query(INSERT, ['swallowed', 'a']);
      await tx.query(INSERT, ['swallowed', 'a']).catch(() => undefined);
    });
    await expect(failed).rejects.toSatisfy((error) => violates(error, 'notes_pkey'));
    expect(await body('swallowed')).toBeUndefined();
  });

  test('that was abandoned leaves nothing and still tells its result', async () => {
    const result = await database.transaction(within(5_000), async (tx) => {
      await tx.query(INSERT, ['abandoned', 'a']);
      tx.abandon();
      return 'seen';
    });
    expect([result, await body('abandoned')]).toEqual(['seen', undefined]);
  });

  test('whose statements run together keeps their order, and the connection stays usable after an error', async () => {
    const outcome = await database
      .transaction(within(5_000), (tx) =>
        Promise.allSettled([
          tx.query(INSERT, ['p1', 'a']),
          tx.query(INSERT, ['p1', 'a']),
          tx.query(INSERT, ['p2', 'a']),
        ]),
      )
      .catch((error: unknown) => violates(error, 'notes_pkey'));
    expect(outcome).toBe(true);
    for (let n = 0; n < 5; n += 1) expect(await body('p1')).toBeUndefined();
  });

  test('of several statements never outlives its deadline', async () => {
    let finished = 0;
    const late = database.transaction(within(400), async (tx) => {
      for (; finished < 100; finished += 1) await tx.query(SLEEP, [0.05]);
    });
    expect(await codeOf(late)).toBe('deadline_exceeded');
    expect(finished).toBeLessThan(8);
  });

  test('whose backend is terminated half-way leaves nothing; the next one works', async () => {
    const killed = database.transaction(within(5_000), async (tx) => {
      await tx.query(INSERT, ['killed', 'a']);
      const [row] = await tx.query<{ pid: number }>(UNHURRIED, []);
      await admin.query('SELECT pg_terminate_backend($1, 1000)', [row?.pid]);
      await tx.query(INSERT, ['killed too', 'a']);
    });
    const error = await killed.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'dependency_unavailable', retryAfterMs: 1_000 });
    expect(await body('killed')).toBeUndefined();
  });

  test('that did nothing for too long is told so by its next statement', async () => {
    const gone = `SELECT 1 FROM pg_stat_activity WHERE pid = $1`;
    const idle = database.transaction(within(20_000), async (tx) => {
      const [row] = await tx.query<{ pid: number }>(PID, []);
      await expect.poll(async () => (await admin.query(gone, [row?.pid])).rowCount).toBe(0);
      await tx.query(PID, []);
    });
    expect(await codeOf(idle)).toBe('deadline_exceeded');
  });

  test('on a server that froze ends soon after its deadline', async () => {
    let frozen = 0;
    const stuck = database.transaction(within(300), async (tx) => {
      frozen = (await tx.query<{ pid: number }>(PID, []))[0]?.pid ?? 0;
      process.kill(frozen, 'SIGSTOP');
      await tx.query(PID, []);
    });
    try {
      expect(await codeOf(stuck)).toBe('deadline_exceeded');
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
    expect(await database.query(within(5_000), PID, [])).toHaveLength(1);
  });

  test('that waits longer than a second for a row is out of time', async () => {
    await database.query(within(5_000), INSERT, ['locked', 'a']);
    const held = database.transaction(within(30_000), async (first) => {
      await first.query(UNHURRIED, []);
      await first.query(LOCK, ['locked']);
      return codeOf(database.transaction(within(5_000), (second) => second.query(LOCK, ['locked'])));
    });
    expect(await held).toBe('deadline_exceeded');
  });
});

describe('the pool', () => {
  test('lets nobody wait past the deadline, and serves on afterwards', async () => {
    const all = borrow(2);
    expect(await codeOf(database.query(within(150), PID, []))).toBe('deadline_exceeded');
    await all.giveBack();
    expect(await database.query(within(5_000), PID, [])).toHaveLength(1);
    expect(database.stats()).toMatchObject({ waiting: 0, total: database.stats().idle });
  });

  test('destroys a connection that its borrower does not give back', async () => {
    const [inside, stuck] = [Promise.withResolvers<number | undefined>(), Promise.withResolvers<void>()];
    const late = codeOf(
      database.transaction(within(1_000), async (tx) => {
        await tx.query(INSERT, ['stuck', 'a']);
        inside.resolve((await tx.query<{ pid: number }>(UNHURRIED, []))[0]?.pid);
        await stuck.promise;
      }),
    );
    const pid = await Promise.race([inside.promise, late]);
    expect(database.stats().total - database.stats().idle).toBe(1);
    const session = 'SELECT 1 FROM pg_stat_activity WHERE pid = $1';
    expect((await admin.query(session, [pid])).rowCount).toBe(1);
    await expect.poll(async () => (await admin.query(session, [pid])).rowCount).toBe(0);
    stuck.resolve();
    expect(await late).toBe('deadline_exceeded');
    expect(await body('stuck')).toBeUndefined();
  });

  test('grows for those who wait, and shrinks again', async () => {
    const all = borrow(4);
    await expect.poll(() => database.stats()).toMatchObject({ total: 2, waiting: 2 });
    database.setPoolSize(4);
    await expect.poll(() => database.stats()).toMatchObject({ total: 4, waiting: 0 });
    await all.giveBack();
    database.setPoolSize(0); // one is the least
    await expect.poll(() => database.stats()).toMatchObject({ total: 1, idle: 1 });
    const after = [1, 2, 3].map(() => database.query(within(5_000), SLEEP, [0.05]));
    expect(database.stats().total).toBe(1);
    await Promise.all(after);
    database.setPoolSize(2);
  });

  test('keeps some connections open however long they idle, and closes the others', async () => {
    const [kept, none] = [0, 1].map(() =>
      poolOf({ url: scratch.url, applicationName: 'idle', schema: 'notes', poolSize: 6 }).open(),
    ) as [pg.Pool, pg.Pool];
    none.options.min = 0;
    for (const pool of [kept, none]) {
      pool.options.idleTimeoutMillis = 20;
      const all = await Promise.all([1, 2, 3, 4, 5, 6].map(() => pool.connect()));
      for (const client of all) client.release();
    }
    await expect.poll(() => none.totalCount).toBe(0); // it idled no longer than the other
    expect(kept.totalCount).toBe(KEPT_CONNECTIONS);
    await Promise.all([kept.end(), none.end()]);
  });
});

test('a closed database is away, and nothing that is still done to it does harm', async () => {
  const closed = await scratch.open(2);
  await closed.close();
  await closed.close();
  closed.setPoolSize(5);
  expect(await codeOf(closed.query(within(1_000), PID, []))).toBe('dependency_unavailable');
  expect(await codeOf(closed.transaction(within(1_000), (tx) => tx.query(PID, [])))).toBe(
    'dependency_unavailable',
  );
});

test('a database that is not there is said to be away', async () => {
  const away = createDatabase({
    url: 'postgres://nobody@127.0.0.1:1/none',
    applicationName: 'x',
    schema: 'notes',
    entities: [],
    poolSize: 1,
  });
  expect(await codeOf(away)).toBe('dependency_unavailable');
});
