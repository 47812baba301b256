import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Database } from './database.ts';
import { migrateModule, type Migration } from './migrate-module.ts';
import { createDatabase } from './postgres-database.ts';
import type { Entity } from './postgres-source.ts';

/** A database that lives as long as one spec file. */
export interface ScratchDatabase {
  /** Superuser's URL of it. */
  readonly url: string;
  drop(): Promise<void>;
}

const asAdmin = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

/** Makes an empty database next to `postgresUrl`'s; `drop` ends its sessions too. */
export async function scratchDatabase(postgresUrl: string): Promise<ScratchDatabase> {
  const name = `scratch_${randomBytes(6).toString('hex')}`;
  await asAdmin(postgresUrl, `CREATE DATABASE ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asAdmin(postgresUrl, `DROP DATABASE ${name} WITH (FORCE)`) };
}

/** A module's migrated schema in a scratch database, seen through the module's own role. */
export interface ScratchModule extends ScratchDatabase {
  /** URL of the module's role. */
  readonly roleUrl: string;
  readonly role: string;
  /** A database as a host would open it; closed by `drop`. */
  open(poolSize?: number): Promise<Database>;
}

export interface ScratchModuleSpec {
  readonly module: string;
  readonly entities: readonly Entity[];
  readonly migrations: readonly Migration[];
  /** Runs as superuser between the database's creation and the module's migration. */
  readonly before?: (client: pg.Client, role: string) => Promise<void>;
  /** Runs as superuser after it, e.g. to seed. */
  readonly after?: (client: pg.Client, role: string) => Promise<void>;
}

async function withAdmin(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await work(client).finally(() => client.end());
}

/** Migrates a module into a database of its own, with a role of its own. */
export async function scratchModule(postgresUrl: string, spec: ScratchModuleSpec): Promise<ScratchModule> {
  const { module, entities, migrations } = spec;
  const scratch = await scratchDatabase(postgresUrl);
  const role = `${module.replaceAll('-', '_')}_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(8).toString('hex');
  const { before, after } = spec;
  await asAdmin(scratch.url, `CREATE ROLE ${role} LOGIN`);
  if (before) await withAdmin(scratch.url, (client) => before(client, role));
  await migrateModule({ adminUrl: scratch.url, module, entities, migrations, role, password });
  if (after) await withAdmin(scratch.url, (client) => after(client, role));
  const roleUrl = new URL(scratch.url);
  roleUrl.username = role;
  roleUrl.password = password;
  const opened: Database[] = [];
  return {
    url: scratch.url,
    role,
    roleUrl: roleUrl.href,
    async open(poolSize = 10) {
      const database = await createDatabase({
        url: roleUrl.href,
        applicationName: `${module}-test:${role}`,
        schema: module,
        entities,
        poolSize,
      });
      opened.push(database);
      return database;
    },
    async drop() {
      await Promise.all(opened.map((database) => database.close()));
      await scratch.drop();
    },
  };
}
