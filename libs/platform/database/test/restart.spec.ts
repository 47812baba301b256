import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type RunningPostgres } from '@atlas/platform-stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../src/index.ts';
import { scratchModule, type ScratchModule } from '../src/testing.ts';
import { Notes } from './notes.ts';

let folder: string;
let postgres: RunningPostgres;
let scratch: ScratchModule;
let database: Database;
const password = randomBytes(8).toString('hex');

const start = (port?: number): Promise<RunningPostgres> =>
  startPostgres({
    dataDir: join(folder, 'data'),
    logFile: join(folder, 'log'),
    password,
    ...(port === undefined ? {} : { port }),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-restart-'));
  await chmod(folder, 0o755);
  postgres = await start();
  scratch = await scratchModule(postgres.url, { module: 'notes', entities: [], migrations: [Notes] });
  database = await scratch.open(4);
});
afterAll(async () => {
  await scratch.drop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const write = (id: string): Promise<object[]> =>
  database.transaction({ deadlineAt: Date.now() + 5_000 }, (tx) =>
    tx.query({ name: 'write', text: 'INSERT INTO notes VALUES ($1, $1) RETURNING id' }, [id]),
  );

test('a database that is killed and comes back is away meanwhile, and used again without help', async () => {
  await Promise.all(['a', 'b', 'c'].map(write));
  process.kill(postgres.pid, 'SIGKILL');
  await postgres.exited;
  // Backends outlive a killed postmaster for a moment; a write may still succeed in one of them.
  const attempt = (): Promise<string> =>
    write(randomUUID()).then(
      () => 'served',
      () => 'away',
    );
  await expect.poll(attempt, { timeout: 10_000 }).toBe('away');
  for (const id of ['d', 'e', 'f', 'g', 'h'])
    await expect(write(id)).rejects.toMatchObject({ code: 'dependency_unavailable', retryAfterMs: 1_000 });
  postgres = await start(postgres.port);
  await expect.poll(() => write('i').catch((error: unknown) => String(error))).toEqual([{ id: 'i' }]);
  await Promise.all(['j', 'k', 'l'].map(write));
});
