import pg from 'pg';
import { expect, inject, test } from 'vitest';

test('the embedded Postgres serves with durability on', async () => {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  const { rows } = await client.query<{ fsync: string; sync: string }>(
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as sync`,
  );
  await client.end();
  expect(rows).toEqual([{ fsync: 'on', sync: 'on' }]);
});
