import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../libs/platform/stack/src/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of the run's own Postgres. Make a database of your own in it; never use `postgres` itself. */
    readonly postgresUrl: string;
  }
}

/** One real Postgres for a whole test run, gone afterwards. Tests read its URL with `inject('postgresUrl')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-test-'));
  await chmod(folder, 0o755);
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    password: randomBytes(12).toString('hex'),
    logFile: join(folder, 'postgres.log'),
  });
  project.provide('postgresUrl', postgres.url);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
