/** Bringing the stack's database to the state that this build expects. */
import { spawn } from 'node:child_process';
import pg from 'pg';
import { StackError } from './stack-error.ts';
import { commonEnvironment, databaseUrl, mainOf } from './wiring.ts';
import type { Manifest } from './manifest.ts';
import type { Secrets } from './secrets.ts';

/** Makes the database when it is missing. @throws StackError when the cluster was set up with other secrets. */
export async function createDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  try {
    await client.connect();
    const { rowCount } = await client.query(`select 1 from pg_database where datname = 'atlas'`);
    if (rowCount === 0) await client.query('create database atlas');
  } catch (error) {
    if ((error as { code?: string }).code === '28P01')
      throw new StackError('the database was set up with other secrets; start afresh with --reset', error);
    if ((error as { code?: string }).code === 'ENETUNREACH')
      throw new StackError('127.0.0.1 cannot be reached: the loopback interface is down', error);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

export interface MigrationInput {
  readonly root: string;
  readonly home: string;
  readonly manifest: Manifest;
  readonly secrets: Secrets;
  readonly postgresPort: number;
  readonly seedProducts: number;
}

/** Runs the bundle's `migrate.js` to its end. @throws StackError with its last line. */
export async function migrate(input: MigrationInput): Promise<void> {
  const { root, manifest, secrets } = input;
  const { ATLAS_HOME: _home, ...common } = commonEnvironment(input);
  const child = spawn(process.execPath, [mainOf(root, manifest.bundle, 'migrate.js')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...common,
      ATLAS_ADMIN_URL: databaseUrl(secrets, input.postgresPort),
      ATLAS_ROLE_PASSWORDS: JSON.stringify(secrets.roles),
      ATLAS_SEED_PRODUCTS: String(input.seedProducts),
    },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  const line = said.split('\n').find((text) => /error/i.test(text)) ?? said.trim().split('\n').at(-1);
  throw new StackError(`the database could not be set up: ${line ?? `exit code ${code}`}`);
}
