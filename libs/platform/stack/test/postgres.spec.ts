import pg from 'pg';
import { expect, inject, test } from 'vitest';

test('the embedded Postgres serves with durability on, and logs no values of rows', async () => {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  const { rows } = await client.query<Record<string, string>>(
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as sync,
       current_setting('log_error_verbosity') as errors`,
  );
  await client.end();
  expect(rows).toEqual([{ fsync: 'on', sync: 'on', errors: 'terse' }]);
});

test('it is told nothing of the environment of its starter that apps may not see', async () => {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  await client.query('create temporary table environment (name text)');
  await client.query(`copy environment from program 'env | cut -d = -f 1'`);
  const { rows } = await client.query<{ name: string }>('select name from environment');
  await client.end();
  const names = rows.map(({ name }) => name);
  expect(names).toContain('PATH');
  expect(Object.keys(process.env)).toContain('VITEST'); // so its starter has it, too
  expect(names).not.toContain('VITEST');
});
