import type { Database } from '@atlas/platform-database';
import { createDatabase } from '@atlas/platform-database';
import { scratchModule, type ScratchModule } from '@atlas/platform-database/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { migrateEventLog, postgresEventReader, postgresEventWriter, type NewEvent } from '../src/index.ts';
import { PENDING } from '../src/postgres-event-reader.ts';
import { eventLogConformance, type EventLogUnderTest } from './event-log.conformance.ts';

const PASSWORD = 'pump';

interface Fixture {
  readonly scratch: ScratchModule;
  readonly reader: Database;
  readonly writer: Database;
  readonly readerUrl: string;
}

async function fixture(): Promise<Fixture> {
  let pump = '';
  const scratch = await scratchModule(inject('postgresUrl'), {
    module: 'notes',
    entities: [],
    migrations: [],
    async after(client, role) {
      pump = `pump_${role}`;
      await client.query(`CREATE ROLE ${pump} LOGIN PASSWORD '${PASSWORD}'`);
      await migrateEventLog(client, { writers: [role], reader: pump });
      await migrateEventLog(client, { writers: [role], reader: pump });
    },
  });
  const url = new URL(scratch.url);
  url.username = pump;
  url.password = PASSWORD;
  const reader = await createDatabase({
    url: url.href,
    applicationName: 'pump:test',
    schema: 'event_log',
    entities: [],
    poolSize: 2,
  });
  return { scratch, reader, writer: await scratch.open(4), readerUrl: url.href };
}

const close = async ({ reader, scratch }: Fixture): Promise<void> => {
  await reader.close();
  await scratch.drop();
};

const publish = (writer: Database, event: NewEvent): Promise<void> =>
  writer.transaction({ deadlineAt: Date.now() + 5_000 }, (tx) => postgresEventWriter.append(tx, event));

/** On a connection of its own, without the time-outs that would end it. */
async function hold(
  url: string,
  event: NewEvent,
): Promise<{ commit(): Promise<void>; rollBack(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('SET idle_in_transaction_session_timeout = 0');
  await client.query('BEGIN');
  const { name, aggregateId, version, payload, rootId } = event;
  await client.query(
    'INSERT INTO event_log.events (name, aggregate_id, version, payload, root_id) VALUES ($1, $2, $3, $4, $5)',
    [name, aggregateId, version, payload, rootId],
  );
  const end = async (how: string): Promise<void> => {
    await client.query(how);
    await client.end();
  };
  return { commit: () => end('COMMIT'), rollBack: () => end('ROLLBACK') };
}

/**
 * Resolves when every transaction has ended that began before the newest event: one of another test file holds the
 * cluster's watermark back. A reader asks where it stands only after it has done something, and might do so too early.
 */
async function othersHaveEnded(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const ended = 'SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(xid) AS ended FROM event_log.events';
  try {
    await vi.waitFor(async () => expect((await client.query(ended)).rows).toEqual([{ ended: true }]), 30_000);
  } finally {
    await client.end();
  }
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that each scan of a table has looked at. */
const readsOf = (node: PlanNode): number[] => [
  ...(node['Node Type'].includes('Scan')
    ? [(node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']]
    : []),
  ...(node.Plans ?? []).flatMap(readsOf),
];

eventLogConformance('Postgres', async (): Promise<EventLogUnderTest> => {
  const parts = await fixture();
  return {
    reader: postgresEventReader(parts.reader),
    anotherReader: () => postgresEventReader(parts.reader),
    publish: (event) => publish(parts.writer, event),
    hold: (event) => hold(parts.scratch.roleUrl, event),
    close: () => close(parts),
  };
});

describe('the Postgres event log', () => {
  let parts: Fixture;
  beforeAll(async () => {
    parts = await fixture();
  });
  afterAll(() => close(parts));

  const event = (aggregateId: string): NewEvent => ({
    name: 'n',
    aggregateId,
    version: 1,
    payload: {},
    rootId: '0',
  });

  test('an event is there exactly when its business transaction commits', async () => {
    const failed = parts.writer.transaction({ deadlineAt: Date.now() + 5_000 }, async (tx) => {
      await postgresEventWriter.append(tx, event('never'));
      throw new RangeError('no');
    });
    await expect(failed).rejects.toThrow(RangeError);
    await publish(parts.writer, event('ever'));
    const pending = await postgresEventReader(parts.reader).pending('c', 'n', 10);
    expect(pending.map((found) => found.aggregateId)).toEqual(['ever']);
  });

  test('a version is published once', async () => {
    await publish(parts.writer, event('twice'));
    await expect(publish(parts.writer, event('twice'))).rejects.toMatchObject({
      constraint: 'events_version',
    });
  });

  test('a module may not read or change the log, nor the pump write events', async () => {
    const run = async (url: string, sql: string): Promise<unknown> => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return client.query(sql).finally(() => client.end());
    };
    const denied = { code: '42501' };
    for (const sql of [
      'SELECT * FROM event_log.events',
      'DELETE FROM event_log.events',
      'TABLE event_log.handled',
      'SELECT event_log.prune(1)',
    ])
      await expect(run(parts.scratch.roleUrl, sql)).rejects.toMatchObject(denied);
    await expect(run(parts.readerUrl, 'DELETE FROM event_log.events')).rejects.toMatchObject(denied);
  });

  test('a module that is no writer any more writes nothing, and one that is again does', async () => {
    const { scratch, writer } = parts;
    const admin = new pg.Client({ connectionString: scratch.url });
    await admin.connect();
    const reader = `pump_${scratch.role}`;
    await migrateEventLog(admin, { writers: [], reader });
    await expect(publish(writer, event('none'))).rejects.toMatchObject({ code: '42501' });
    await migrateEventLog(admin, { writers: [scratch.role], reader });
    await publish(writer, event('again'));
    await admin.end();
  });

  test('marks are forgotten once the watermark has passed them', async () => {
    const reader = postgresEventReader(parts.reader);
    for (let n = 0; n < 110; n += 1) await publish(parts.writer, event(`mark${n}`));
    const [first] = await reader.pending('other', 'n', 1);
    if (first) await reader.done('other', first);
    for (const found of await reader.pending('c', 'n', 1_000)) await reader.done('c', found);
    const marks = { name: 'marks', text: 'SELECT count(*) AS n FROM event_log.handled' };
    const count = async (): Promise<number | undefined> => {
      const found = await parts.reader.query<{ n: number }>({ deadlineAt: Date.now() + 5_000 }, marks, []);
      return found[0]?.n;
    };
    expect(await count()).toBeGreaterThan(100);
    await othersHaveEnded(parts.scratch.url);
    expect(await reader.pending('c', 'n', 10)).toEqual([]);
    expect(await count()).toBe(1); // of the other consumer, whose watermark stands where it stood
    expect(await reader.pending('c', 'n', 10)).toEqual([]);
  });

  test.each(['before', 'after'])(
    'a look reads only its window, %s the tables are analysed (R4)',
    async (when) => {
      const [name, window, marked] = [`long ${when}`, 40, 30];
      const admin = new pg.Client({ connectionString: parts.scratch.url });
      await admin.connect();
      try {
        const fill = `INSERT INTO event_log.events (name, aggregate_id, version, payload, root_id)
        SELECT $1, $2 || n, 1, '{}', '0' FROM generate_series(1, $3::integer) n`;
        await admin.query(fill, [name, 'old', 4_000]);
        await admin.query(fill, [name, 'open', window]);
        await admin.query(
          `INSERT INTO event_log.watermarks SELECT 'c', name, max(xid) FROM event_log.events WHERE name = $1 GROUP BY name`,
          [name],
        );
        await admin.query(
          `INSERT INTO event_log.handled SELECT 'c', id, name, xid FROM event_log.events WHERE name = $1 ORDER BY seq DESC LIMIT $2`,
          [name, marked],
        );
        if (when === 'after') await admin.query('ANALYZE event_log.events, event_log.handled');
        await admin.query(`PREPARE look AS ${PENDING.text}`);
        for (const mode of ['force_generic_plan', 'force_custom_plan']) {
          await admin.query(`SET plan_cache_mode = ${mode}`);
          const { rows } = await admin.query<{ 'QUERY PLAN': readonly [{ Plan: PlanNode }] }>(
            `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE look ('c', '${name}', 100, '{}')`,
          );
          const [{ Plan: plan }] = rows[0]?.['QUERY PLAN'] ?? [{ Plan: {} as PlanNode }];
          expect(plan['Actual Rows']).toBe(window - marked);
          for (const read of readsOf(plan)) expect(read).toBeLessThan(10 * window);
        }
      } finally {
        await admin.end();
      }
    },
  );

  test('what is old, and done by all who consume it, is forgotten in batches; nothing else is', async () => {
    const reader = postgresEventReader(parts.reader);
    const aged = { ...event(''), name: 'aged' };
    const old = ['a', 'b', 'c'];
    for (const aggregateId of [...old, 'young']) await publish(parts.writer, { ...aged, aggregateId });
    const admin = new pg.Client({ connectionString: parts.scratch.url });
    await admin.connect();
    const age = `UPDATE event_log.events SET at = at - interval '31 days' WHERE name = 'aged' AND aggregate_id = ANY ($1)`;
    await admin.query(age, [old]).finally(() => admin.end());
    expect(await reader.prune(10)).toBe(0); // nobody has consumed it
    const finish = async (consumer: string): Promise<void> => {
      for (const found of await reader.pending(consumer, 'aged', 10)) await reader.done(consumer, found);
    };
    await finish('one');
    await othersHaveEnded(parts.scratch.url);
    const gone: number[] = [];
    await vi.waitFor(
      async () => {
        expect(await reader.pending('one', 'aged', 10)).toEqual([]);
        const count = await reader.prune(2);
        if (count > 0) gone.push(count);
        expect(gone).toEqual([2, 1]);
      },
      { timeout: 15_000 },
    );
    expect((await reader.pending('two', 'aged', 10)).map(({ aggregateId }) => aggregateId)).toEqual([
      'young',
    ]);
  });

  const asAdmin = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: parts.scratch.url });
    await client.connect();
    return work(client).finally(() => client.end());
  };

  test('to forget what is old reads no more than that, however long the log is', async () => {
    const fill = `INSERT INTO event_log.events (name, aggregate_id, version, payload, root_id, at)
      SELECT 'month', $1 || n, 1, '{}', '0', now() - $2::interval FROM generate_series(1, $3::integer) n`;
    const reads = `SELECT (seq_tup_read + idx_tup_fetch)::integer AS read FROM pg_stat_xact_user_tables
      WHERE schemaname = 'event_log' AND relname = 'events'`;
    await asAdmin(async (client) => {
      await client.query(fill, ['old', '31 days', 3]);
      await client.query(fill, ['young', '29 days', 6_000]);
      await client.query(`INSERT INTO event_log.watermarks VALUES ('c', 'month', pg_current_xact_id())`);
    });
    const [gone, read] = await asAdmin(async (client) => {
      await client.query('BEGIN');
      const pruned = await client.query<{ gone: number }>('SELECT event_log.prune(10) AS gone');
      const counted = await client.query<{ read: number }>(reads);
      await client.query('COMMIT');
      return [pruned.rows[0]?.gone, counted.rows[0]?.read];
    });
    expect(gone).toBe(3);
    expect(read).toBeLessThan(1_000);
  });

  const late = { ...event(''), name: 'late' };
  const ofLate = (table: string): Promise<number | undefined> =>
    asAdmin(async (client) => {
      const count = `SELECT count(*)::integer AS n FROM event_log.${table} WHERE consumer = 'c' AND name = 'late'`;
      return (await client.query<{ n: number }>(count)).rows[0]?.n;
    });
  const age = (aggregateId: string, by: string): Promise<unknown> =>
    asAdmin((client) =>
      client.query(`UPDATE event_log.events SET at = at - $2::interval WHERE aggregate_id = $1`, [
        aggregateId,
        by,
      ]),
    );
  /** Does all but these, and lets the watermark move. */
  const doOthers = async (prefix: string, left: readonly string[]): Promise<readonly string[]> => {
    const reader = postgresEventReader(parts.reader);
    for (let n = 0; n < 110; n += 1) await publish(parts.writer, { ...late, aggregateId: `${prefix}${n}` });
    for (const found of await reader.pending('c', 'late', 1_000, left)) await reader.done('c', found);
    await othersHaveEnded(parts.scratch.url);
    return (await reader.pending('c', 'late', 10)).map(({ aggregateId }) => aggregateId);
  };

  test('an event that nobody can handle holds nothing back, comes again until it is done, and stays (R5)', async () => {
    await publish(parts.writer, { ...late, aggregateId: 'stuck' });
    expect(await doOthers('a', ['stuck'])).toEqual(['stuck']);
    expect([await ofLate('handled'), await ofLate('overdue')]).toEqual([110, 0]); // it may come any minute
    await age('stuck', '11 minutes');
    expect(await doOthers('b', ['stuck'])).toEqual(['stuck']);
    expect([await ofLate('handled'), await ofLate('overdue')]).toEqual([0, 1]);
    const reader = postgresEventReader(parts.reader);
    const [ofOther] = await reader.pending('other', 'late', 1);
    expect(ofOther?.aggregateId).toBe('stuck');
    if (ofOther) await reader.done('other', ofOther); // what another consumer has done is still to be done here
    await publish(parts.writer, { ...late, aggregateId: 'next' });
    const [stuck, next] = await reader.pending('c', 'late', 10);
    expect([stuck?.aggregateId, next?.aggregateId]).toEqual(['stuck', 'next']);
    expect(await reader.pending('c', 'late', 1)).toEqual([stuck]);
    expect(await reader.pending('c', 'late', 10, ['stuck'])).toEqual([next]);
    await age('stuck', '31 days');
    expect(await reader.prune(10)).toBe(0);
    for (const found of [stuck, next]) if (found) await reader.done('c', found);
    expect(await reader.pending('c', 'late', 10)).toEqual([]);
    expect(await reader.prune(10)).toBe(1);
  });

  test('only a hundred may be overdue: others hold the watermark, and are not lost (R5)', async () => {
    await asAdmin(async (client) => {
      const fill = `INSERT INTO event_log.events (name, aggregate_id, version, payload, root_id, at)
        VALUES ('late', 'old' || $1, 1, '{}', '0', now() - interval '1 hour')`;
      for (let n = 0; n < 103; n += 1) await client.query(fill, [n]);
    });
    const left = Array.from({ length: 103 }, (_, n) => `old${n}`);
    await doOthers('c', left);
    expect([await ofLate('handled'), await ofLate('overdue')]).toEqual([110, 100]);
    const reader = postgresEventReader(parts.reader);
    const found = await reader.pending('c', 'late', 1_000);
    expect(found.map(({ aggregateId }) => aggregateId)).toEqual(left);
    for (const each of found) await reader.done('c', each);
    expect(await reader.pending('c', 'late', 10)).toEqual([]);
    expect(await ofLate('overdue')).toBe(0);
  });
});
