/**
 * Makes a module's schema and its two roles, and runs its migrations.
 *
 * M1  `<module>_owner` owns schema and tables and cannot log in; the module's role has DML on its own schema only,
 *     without the list of migrations.
 * M2  Idempotent, and safe when two set-ups run at once (advisory lock).
 * M3  No password gets into the server's log.
 */
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { IdempotencyKeys } from './idempotency-keys.migration.ts';
import type { Entity } from './postgres-source.ts';

export type Migration = new () => MigrationInterface;

export interface ModuleMigration {
  /** Superuser's URL of the database. */
  readonly adminUrl: string;
  /** Module name; also the schema's. */
  readonly module: string;
  readonly entities: readonly Entity[];
  /** Table names in them are unqualified: they run with `search_path` on the module's schema. */
  readonly migrations: readonly Migration[];
  /** The login role that the module runs as. */
  readonly role: string;
  readonly password: string;
}

/** Key of the advisory lock under which roles, schemas and tables are made. */
const MIGRATION_LOCK = 4_711_001;

/** Life of a stored answer, in hours. Effects have natural keys besides, which never expire. */
const ANSWER_LIFE_HOURS = 48;

const quote = pg.escapeIdentifier;

const rolesAndSchema = (spec: ModuleMigration): string => {
  const schema = quote(spec.module);
  const owner = `${spec.module}_owner`;
  const role = quote(spec.role);
  const forOwner = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quote(owner)} IN SCHEMA ${schema}`;
  const create = (name: string, attributes: string): string =>
    `DO $$ BEGIN CREATE ROLE ${quote(name)} ${attributes};
     EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;`;
  return `
    ${create(owner, 'NOLOGIN')}
    ${create(spec.role, 'LOGIN')}
    ALTER ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${pg.escapeLiteral(spec.password)};
    ALTER ROLE ${role} SET search_path = ${schema};
    CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${quote(owner)};
    REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC;
    GRANT USAGE ON SCHEMA ${schema} TO ${role};
    ${forOwner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};
    ${forOwner} GRANT USAGE, SELECT ON SEQUENCES TO ${role};
    DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;`;
};

/** M1: a module that strikes a migration from the list would keep the shop from starting. */
const withoutMigrations = ({ module, role }: ModuleMigration): string =>
  `REVOKE ALL ON ${quote(module)}.migrations FROM ${quote(role)}`;

/** Answers older than their life. */
const forgetOldAnswers = ({ module }: ModuleMigration): string => `
  DELETE FROM ${quote(module)}.idempotency_keys
  WHERE created_at < now() - interval '${ANSWER_LIFE_HOURS} hours'`;

async function runMigrations(spec: ModuleMigration): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    driver: pg,
    url: spec.adminUrl,
    schema: spec.module,
    entities: [...spec.entities],
    migrations: [IdempotencyKeys, ...spec.migrations],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'all',
    installExtensions: false,
    poolSize: 1,
    extra: { options: `-c role=${spec.module}_owner -c search_path="${spec.module}"` },
    applicationName: `migrate:${spec.module}`,
  });
  await source.initialize();
  try {
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}

/** A superuser's client, not yet connected. M3: the server logs a statement that fails, with all that stands in it. */
export const adminClient = (connectionString: string, applicationName: string): pg.Client =>
  new pg.Client({
    connectionString,
    application_name: applicationName,
    options: '-c log_min_error_statement=panic',
  });

/**
 * Brings a module's schema up to date, its password included, and forgets answers that have outlived their life.
 * @throws as `pg` does, when the admin URL does not lead to a superuser or a migration fails.
 */
export async function migrateModule(spec: ModuleMigration): Promise<void> {
  const admin = adminClient(spec.adminUrl, `migrate:${spec.module}`);
  await admin.connect();
  try {
    await admin.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await admin.query(rolesAndSchema(spec));
    await runMigrations(spec);
    await admin.query(withoutMigrations(spec));
    await admin.query(forgetOldAnswers(spec));
  } finally {
    await admin.end();
  }
}
