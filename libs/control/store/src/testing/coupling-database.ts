import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrateCoupling } from '../schema/migrate.ts';

/** A database with the coupling schema, and the URLs of its roles. */
export interface CouplingDatabase {
  readonly admin: Client;
  readonly hostUrl: string;
  readonly switcherUrl: string;
  close(): Promise<void>;
}

/** Makes a database of its own, with roles of its own, in the test run's Postgres. */
export async function makeCouplingDatabase(postgresUrl: string): Promise<CouplingDatabase> {
  const id = randomBytes(4).toString('hex');
  const names = { host: `host_${id}`, switcher: `switcher_${id}` };
  const server = new Client({ connectionString: postgresUrl });
  await server.connect();
  await server.query(`create database store_${id}`);
  const url = new URL(postgresUrl);
  url.pathname = `/store_${id}`;
  const admin = new Client({ connectionString: url.href });
  await admin.connect();
  await migrateCoupling(admin, names);
  const urlOf = async (role: string): Promise<string> => {
    await admin.query(`alter role ${role} password 'test'`);
    const own = new URL(url);
    own.username = role;
    own.password = 'test';
    return own.href;
  };
  return {
    admin,
    hostUrl: await urlOf(names.host),
    switcherUrl: await urlOf(names.switcher),
    close: async () => {
      await admin.end();
      await server.query(`drop database store_${id} with (force)`);
      await server.query(`drop role ${names.host}`);
      await server.query(`drop role ${names.switcher}`);
      await server.end();
    },
  };
}
