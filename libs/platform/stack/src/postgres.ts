/**
 * A real Postgres of our own.
 *
 * P1  Postgres never outlives its starter: a shell guardian holds the read end of a pipe whose write end only the
 *     starter has; end of file means shut down (fast, then immediate after 2 s).
 * P2  Durability stays on: `fsync` and `synchronous_commit` are never switched off.
 * P3  Loopback only, passwords always, no Unix socket.
 * P4  It never runs as root, and its user owns only its data folder.
 * P5  One starter per data folder: what an earlier one left is only touched under the folder's lock.
 * P6  It learns nothing of the starter's environment that apps may not see, and logs no values of rows.
 * P7  A data folder appears whole or not at all.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { appEnvironment } from './app-process.ts';
import { tryLock, type FileLock } from './file-lock.ts';
import { freePort } from './free-port.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { clearLeftover, postmaster } from './postgres-leftover.ts';
import { placePostgres, type PostgresPlace } from './postgres-place.ts';
import { StackError } from './stack-error.ts';

const run = promisify(execFile);

export interface PostgresOptions {
  /** Folder of the cluster; made when missing. */
  readonly dataDir: string;
  /** Superuser `atlas_admin`'s password; must stay the same over the life of the cluster. */
  readonly password: string;
  readonly logFile: string;
  /** A free port is taken when absent. */
  readonly port?: number;
  readonly maxConnections?: number;
}

export interface RunningPostgres {
  /** `postgres://atlas_admin:…@127.0.0.1:PORT/postgres`, no trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Pid of the postmaster, the serving process. */
  readonly pid: number;
  /** Settles when Postgres has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Fast shutdown, immediate after 2 s; resolves when it has ended. */
  stop(): Promise<void>;
}

/** Half a cluster, into which the `initdb` of a starter that was killed may still write. */
const LEFT = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const;

/** P7. Half a cluster would never start: one that was killed over is in nobody's way, and goes at the next try. */
async function initialise(place: PostgresPlace, password: string): Promise<void> {
  const { dataDir } = place;
  const folder = dirname(dataDir);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder))
    if (name.startsWith(`${basename(dataDir)}.new-`))
      await rm(join(folder, name), LEFT).catch(() => undefined);
  const aside = `${dataDir}.new-${randomBytes(4).toString('hex')}`;
  await initdb({ ...place, dataDir: aside }, password);
  await rm(dataDir, { recursive: true, force: true });
  await rename(aside, dataDir);
}

async function initdb({ binaries, dataDir, identity }: PostgresPlace, password: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const passwordFile = `${dataDir}.password-${process.pid}`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (identity.uid !== undefined) {
    await chown(dataDir, identity.uid, identity.gid ?? identity.uid);
    await chown(passwordFile, identity.uid, identity.gid ?? identity.uid);
  }
  const who = ['-D', dataDir, '-U', 'atlas_admin', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const how = ['--encoding=UTF8', '--no-locale', '--no-instructions'];
  try {
    await run(binaries.initdb, [...who, ...how], { ...identity, cwd: '/', env: appEnvironment({}) });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new StackError(`Postgres could not set up its data folder ${dataDir}: ${said}`, error);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** P1. `$1` is the postmaster, the rest its arguments; descriptor 3 is the pipe from the starter. */
const GUARDIAN = `
postgres=$1; shift
"$postgres" "$@" 3<&- & pg=$!
( read -r _ <&3; kill -INT $pg 2>/dev/null; sleep 2; kill -QUIT $pg 2>/dev/null ) & watch=$!
trap 'kill -INT $pg' INT TERM
while kill -0 $pg 2>/dev/null; do wait $pg; done
kill $watch 2>/dev/null
`;

const settings = (port: number, maxConnections: number): readonly string[] =>
  Object.entries({
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: maxConnections,
    reserved_connections: 40,
    shared_buffers: '48MB',
    max_wal_size: '256MB',
    jit: 'off',
    max_parallel_workers: 0,
    max_parallel_workers_per_gather: 0,
    io_method: 'sync',
    idle_in_transaction_session_timeout: '2s',
    // Every password here is 192 random bits: rounds of hashing would only cost time at each connection (1 of 3 ms).
    scram_iterations: 1,
    log_min_messages: 'warning',
    log_error_verbosity: 'terse', // P6: DETAIL tells the key of a row that was refused, or all of it
    log_line_prefix: '%m [%p] %a ',
  }).flatMap(([key, value]) => ['-c', `${key}=${value}`]);

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once('exit', () => resolve()));

/** P5. */
async function lockFolder(dataDir: string): Promise<FileLock> {
  await mkdir(dataDir.slice(0, dataDir.lastIndexOf('/')) || '/', { recursive: true });
  for (let attempts = 0; ; attempts += 1) {
    const attempt = await tryLock(`${dataDir}.lock`);
    if (attempt.outcome === 'held') return attempt.lock;
    if (attempts > 20) throw new StackError(`process ${attempt.owner.pid} runs a Postgres in ${dataDir}`);
    await wait(25);
  }
}

/**
 * Starts Postgres, setting up the cluster first when the folder is empty, and waits until it accepts connections.
 * @throws StackError with the last lines of its log when it does not come up within 60 s.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const lock = await lockFolder(options.dataDir);
  try {
    const place = await placePostgres(options.dataDir, await postgresBinaries());
    if (!(await stat(`${place.dataDir}/PG_VERSION`).catch(() => undefined)))
      await initialise(place, options.password);
    await clearLeftover(place.dataDir);
    const postgres = await launch(place, options);
    void postgres.exited.then(() => lock.release());
    return postgres;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function launch(place: PostgresPlace, options: PostgresOptions): Promise<RunningPostgres> {
  const port = options.port ?? (await freePort());
  const earlier = (await postmaster(place.dataDir))?.start;
  const log = await open(options.logFile, 'a', 0o600);
  const server = ['-D', place.dataDir, ...settings(port, options.maxConnections ?? 240)];
  const guardian = spawn('/bin/sh', ['-c', GUARDIAN, 'atlas-postgres', place.binaries.postgres, ...server], {
    stdio: ['ignore', log.fd, log.fd, 'pipe'],
    detached: true,
    cwd: '/',
    env: appEnvironment({}), // P6
    ...place.identity,
  });
  const exited = ended(guardian);
  await log.close();
  const pid = await ready(guardian, { dataDir: place.dataDir, logFile: options.logFile, earlier });
  const stop = async (): Promise<void> => {
    guardian.kill('SIGTERM');
    guardian.stdio[3]?.destroy();
    await exited;
  };
  const url = `postgres://atlas_admin:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`;
  return { url, port, pid, exited, stop };
}

interface Expected {
  readonly dataDir: string;
  readonly logFile: string;
  /** Start that a dead server's pid file still tells of. */
  readonly earlier: string | undefined;
}

/** Resolves to the postmaster's pid once it accepts connections. */
async function ready(guardian: ChildProcess, { dataDir, logFile, earlier }: Expected): Promise<number> {
  const over = (): boolean => guardian.exitCode !== null || guardian.signalCode !== null;
  for (let waited = 0; ; waited += 50) {
    const found = await postmaster(dataDir);
    if (found?.ready && found.start !== earlier) return found.pid;
    if (over() || waited > 60_000) {
      if (!over()) guardian.kill('SIGTERM');
      const tail = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-5).join('\n');
      throw new StackError(`Postgres did not start (log: ${logFile}):\n${tail}`);
    }
    await wait(50);
  }
}
