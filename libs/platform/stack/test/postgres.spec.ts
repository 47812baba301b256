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
