import { randomBytes } from 'node:crypto';
import { createDatabase, migrateModule, type Database } from '@atlas/platform-database';
import { migrateEventLog } from '@atlas/platform-event-log';
import pg from 'pg';
import { cartEntities, cartMigrations } from '../src/index.ts';

export interface CartDatabase {
  readonly database: Database;
  /** Superuser's URL of this database. */
  readonly adminUrl: string;
  /** URL of cart's role. */
  readonly url: string;
  /** Runs SQL as the superuser. */
  admin(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A new database with cart's schema and the event log in it. */
export async function cartDatabase(postgresUrl: string): Promise<CartDatabase> {
  const name = `cart_${randomBytes(4).toString('hex')}`;
  const maker = new pg.Client({ connectionString: postgresUrl });
  await maker.connect();
  await maker.query(`CREATE DATABASE ${name}`);
  await maker.end();
  const at = new URL(postgresUrl);
  at.pathname = `/${name}`;
  const adminUrl = at.href;
  const role = `${name}_role`;
  const module = { module: 'cart', entities: cartEntities, migrations: cartMigrations };
  await migrateModule({ adminUrl, ...module, role, password: 'test' });
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`CREATE ROLE ${name}_pump`);
  await migrateEventLog(client, { writers: [role], reader: `${name}_pump` });
  at.username = role;
  at.password = 'test';
  const settings = { url: at.href, applicationName: 'cart-test:0', poolSize: 8 };
  const database = await createDatabase({ ...settings, schema: 'cart', entities: cartEntities });
  return {
    database,
    adminUrl,
    url: at.href,
    admin: async (sql, values = []) => (await client.query<Record<string, unknown>>(sql, [...values])).rows,
    close: async () => {
      await database.close();
      await client.end();
    },
  };
}
