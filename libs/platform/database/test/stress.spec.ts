import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Database, Statement, Transaction } from '../src/index.ts';
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
  database = await scratch.open(4);
  admin = new pg.Client({ connectionString: scratch.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await scratch.drop();
});

const INSERT: Statement = { name: 'insert', text: 'INSERT INTO notes (id, body) VALUES ($1, $2)' };
const DEFERRED: Statement = { name: 'deferred', text: 'INSERT INTO notes (id, body) VALUES ($1, $2)' };
const BROKEN: Statement = { name: 'broken', text: 'SELECT 1 / $1::integer AS x' };
const SLEEP: Statement = { name: 'sleep', text: 'SELECT pg_sleep($1::float)::text' };
const DIE: Statement = { name: 'die', text: 'SELECT pg_terminate_backend(pg_backend_pid())' };

/** What a transaction does after its first row, and whether its rows must be there afterwards. */
const ENDINGS: Record<
  string,
  { readonly stays: boolean; readonly work: (tx: Transaction) => Promise<unknown> }
> = {
  commits: { stays: true, work: async () => undefined },
  throws: { stays: false, work: () => Promise.reject(new RangeError('no')) },
  abandons: { stays: false, work: async (tx) => tx.abandon() },
  breaks: { stays: false, work: (tx) => tx.query(BROKEN, [0]) },
  'breaks while more is under way': {
    stays: false,
    work: (tx) => Promise.all([tx.query(BROKEN, [1]), tx.query(BROKEN, [0]), tx.query(SLEEP, [0])]),
  },
  'breaks at the end': { stays: false, work: async (tx) => tx.defer(BROKEN, [0]) },
  'swallows an error': { stays: false, work: (tx) => tx.query(BROKEN, [0]).catch(() => undefined) },
  'sleeps too long': { stays: false, work: (tx) => tx.query(SLEEP, [5]) },
  'loses its connection': { stays: false, work: (tx) => tx.query(DIE, []) },
};

async function run(ending: string): Promise<readonly [string, boolean]> {
  const id = randomUUID();
  const { stays, work } = ENDINGS[ending] ?? { stays: true, work: async () => undefined };
  const deadlineAt = Date.now() + (ending === 'sleeps too long' ? 80 : 15_000);
  await database
    .transaction({ deadlineAt }, async (tx) => {
      tx.defer(DEFERRED, [`${id}:2`, ending]);
      await tx.query(INSERT, [`${id}:1`, ending]);
      await work(tx);
    })
    .catch((error: unknown) => {
      if (stays) throw error;
    });
  return [id, stays];
}

test('whatever goes wrong around it, a transaction leaves all or nothing', async () => {
  const endings = fc.array(fc.constantFrom(...Object.keys(ENDINGS)), { minLength: 20, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(endings, async (list) => {
      const expected = await Promise.all(list.map(run));
      const { rows } = await admin.query<{ id: string; n: number }>(
        "SELECT split_part(id, ':', 1) AS id, count(*)::int AS n FROM notes.notes GROUP BY 1",
      );
      const found = new Map(rows.map(({ id, n }) => [id, n]));
      for (const [id, stays] of expected) expect(found.get(id)).toBe(stays ? 2 : undefined);
      // A connection that came too late for its borrower goes back a moment after the borrower has given up.
      const lent = (): number => database.stats().total - database.stats().idle + database.stats().waiting;
      await expect.poll(lent, { timeout: 10_000 }).toBe(0);
    }),
    { numRuns: 12 },
  );
});
