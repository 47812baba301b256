import { randomBytes } from 'node:crypto';
import { createDatabase, migrateModule, type Database } from '@atlas/platform-database';
import pg from 'pg';
import { paymentEntities, paymentMigrations } from '../src/index.ts';

export interface TestDatabase {
  readonly database: Database;
  /** URL of payment's role. */
  readonly url: string;
  close(): Promise<void>;
}

/** A new database with payment's schema in it, seen as payment's role. */
export async function paymentDatabase(postgresUrl: string): Promise<TestDatabase> {
  const name = `payment_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: postgresUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const adminUrl = new URL(postgresUrl);
  adminUrl.pathname = `/${name}`;
  const role = `${name}_role`;
  await migrateModule({
    adminUrl: adminUrl.href,
    module: 'payment',
    entities: paymentEntities,
    migrations: paymentMigrations,
    role,
    password: 'test',
  });
  const url = new URL(adminUrl);
  url.username = role;
  url.password = 'test';
  const database = await createDatabase({
    url: url.href,
    applicationName: 'payment-test:0',
    schema: 'payment',
    entities: paymentEntities,
    poolSize: 8,
  });
  return { database, url: url.href, close: () => database.close() };
}
