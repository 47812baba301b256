import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startPostgres } from '../src/postgres.ts';

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

test('it is told nothing of the environment of its starter that apps may not see', async () => {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  await client.query('create temporary table environment (name text)');
  await client.query(`copy environment from program 'env | cut -d = -f 1'`);
  const { rows } = await client.query<{ name: string }>('select name from environment');
  await client.end();
  const names = rows.map(({ name }) => name);
  expect(names).toContain('PATH');
  expect(Object.keys(process.env)).toContain('VITEST'); // so its starter has it, too
  expect(names).not.toContain('VITEST');
});

test('P7: half a data folder into which somebody still writes is in nobody’s way, and goes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-postgres-'));
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const half = join(folder, 'postgres.new-0badcafe');
  await mkdir(half);
  for (let file = 0; file < 2_000; file += 1) await writeFile(join(half, `a${file}`), '');
  const script = `let n = 0; const end = Date.now() + 700;
    while (Date.now() < end) try { require('node:fs').writeFileSync(${JSON.stringify(half)} + '/b' + n++, ''); } catch { break; }`;
  const writer = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  const ended = once(writer, 'exit');
  await expect.poll(() => existsSync(join(half, 'b0')), { interval: 2, timeout: 30_000 }).toBe(true);
  const postgres = await startPostgres({
    ...{ dataDir: join(folder, 'postgres'), password: 'p'.repeat(24), logFile: join(folder, 'postgres.log') },
  });
  await postgres.stop();
  await ended;
  expect((await readdir(folder)).filter((name) => name.includes('.new-'))).toEqual([]);
});

test('P7: a set-up whose starter was killed half-way is begun anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-postgres-'));
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const options = {
    ...{ dataDir: join(folder, 'postgres'), password: 'p'.repeat(24), logFile: join(folder, 'postgres.log') },
  };
  const source = new URL('../src/postgres.ts', import.meta.url).href;
  const script = `import { startPostgres } from '${source}';\nawait startPostgres(${JSON.stringify(options)});\n`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const begun = (): boolean =>
    readdirSync(folder).some((name) => existsSync(join(folder, name, 'PG_VERSION')));
  await expect.poll(begun, { interval: 2, timeout: 30_000 }).toBe(true);
  starter.kill('SIGKILL');
  const postgres = await startPostgres(options);
  await postgres.stop();
  expect((await readdir(folder)).filter((name) => name.includes('.new-'))).toEqual([]);
});
