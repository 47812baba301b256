import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { migrateModule } from '../src/index.ts';
import { scratchModule, type ScratchModule } from '../src/testing.ts';
import { Notes } from './notes.ts';

let scratch: ScratchModule;
let module: pg.Client;

const other = (password: string) => ({
  adminUrl: scratch.url,
  module: 'letters',
  entities: [],
  migrations: [Notes],
  role: `letters_${scratch.role}`,
  password,
});

beforeAll(async () => {
  scratch = await scratchModule(inject('postgresUrl'), {
    module: 'notes',
    entities: [],
    migrations: [Notes],
  });
  await migrateModule(other('one'));
  module = new pg.Client({ connectionString: scratch.roleUrl });
  await module.connect();
});
afterAll(async () => {
  await module.end();
  await scratch.drop();
});

const DENIED = { code: '42501' };

test('a module reads and writes its own tables by their bare names', async () => {
  await module.query("INSERT INTO notes VALUES ('1', 'a')");
  await module.query("UPDATE notes SET body = 'b'");
  expect((await module.query('SELECT * FROM notes.notes')).rows).toEqual([{ id: '1', body: 'b' }]);
  expect((await module.query('DELETE FROM notes')).rowCount).toBe(1);
});

test.each([
  'SELECT * FROM letters.notes',
  "INSERT INTO letters.notes VALUES ('1', 'a')",
  'SELECT * FROM letters.idempotency_keys',
  'DROP TABLE notes.notes',
  'ALTER TABLE notes.notes ADD COLUMN more text',
  'CREATE TABLE notes.more (id text)',
  'CREATE TABLE public.more (id text)',
  'CREATE TEMPORARY TABLE more (id text)',
  'TRUNCATE notes.notes',
  'SELECT * FROM notes.migrations',
  'DELETE FROM notes.migrations',
  'SET ROLE notes_owner',
  'SET ROLE letters_owner',
])('a module may not: %s', async (sql) => {
  await expect(module.query(sql)).rejects.toMatchObject(DENIED);
});

/** While a schema is made, passwords are given: the server would log a failing statement as a whole. */
test('no statement that gives a password gets into the log of the server', async () => {
  const seen = await scratchModule(inject('postgresUrl'), {
    module: 'notes',
    entities: [],
    migrations: [Notes],
    before: async (client) => {
      await client.query(`
        CREATE TABLE public.seen (setting text);
        CREATE FUNCTION public.see() RETURNS event_trigger LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO public.seen VALUES (current_setting('log_min_error_statement')); END $$;
        CREATE EVENT TRIGGER see ON ddl_command_start WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION public.see()`);
    },
    after: async (client) => {
      expect((await client.query('TABLE public.seen')).rows).toEqual([{ setting: 'panic' }]);
    },
  });
  await seen.drop();
});

test('a second migration changes nothing but the password', async () => {
  const url = new URL(scratch.url);
  url.username = other('').role;
  url.password = 'one';
  const before = new pg.Client({ connectionString: url.href });
  await before.connect();
  await before.query("INSERT INTO notes VALUES ('kept', 'a')");
  await before.end();
  await Promise.all([migrateModule(other('two')), migrateModule(other('two'))]);
  const old = new pg.Client({ connectionString: url.href });
  await expect(old.connect()).rejects.toMatchObject({ code: '28P01' });
  url.password = 'two';
  const renewed = new pg.Client({ connectionString: url.href });
  await renewed.connect();
  expect((await renewed.query('SELECT id FROM notes')).rows).toEqual([{ id: 'kept' }]);
  await renewed.end();
});

test('answers are forgotten after 48 hours', async () => {
  const insert = "INSERT INTO idempotency_keys VALUES ('s', $1, '', $2, now() - $3::interval)";
  await module.query(insert, ['old', '{}', '49 hours']);
  await module.query(insert, ['young', '{}', '47 hours']);
  const { role } = scratch;
  const password = new URL(scratch.roleUrl).password;
  await migrateModule({ ...other(password), module: 'notes', role });
  const { rows } = await module.query<{ key: string }>('SELECT key FROM idempotency_keys ORDER BY key');
  expect(rows.map(({ key }) => key)).toEqual(['young']);
});

test('a module may have a hyphen in its name', async () => {
  const hyphened = await scratchModule(inject('postgresUrl'), {
    module: 'two-words',
    entities: [],
    migrations: [Notes],
  });
  const database = await hyphened.open(1);
  const count = { name: 'count', text: 'SELECT count(*) AS n FROM notes' };
  expect(await database.query({ deadlineAt: Date.now() + 5_000 }, count, [])).toEqual([{ n: 0 }]);
  await hyphened.drop();
});
