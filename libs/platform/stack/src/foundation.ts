/**
 * What every stack stands on, whoever runs its hosts: the folder's lock, Postgres, the acquirer, the database and the
 * stack file. T1, T2 and T4 of `stack.ts`.
 */
import { LEAST_OPEN_FILES, openFileLimit } from '@atlas/platform-config';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatabase, migrate } from './database-setup.ts';
import { watchSpace } from './disk-space.ts';
import { tryLock, type FileLock } from './file-lock.ts';
import { endLeftovers } from './leftovers.ts';
import { readManifest, repositoryRoot } from './manifest.ts';
import { readRunFile, removeRunFile, updateRunFile } from './run-file.ts';
import { loadSecrets } from './secrets.ts';
import { StackError } from './stack-error.ts';
import { writeStackFile, type StackFile } from './stack-file.ts';
import { keepAcquirer, keepPostgres, ownRow, publishRow, type Supervised } from './supervise.ts';
import type { Undo } from './undo.ts';
import { brainEnvironment, databaseRoles, databaseUrl, wire } from './wiring.ts';

export interface FoundationOptions {
  /** Folder of all state; made when missing. */
  readonly home: string;
  /** Write audit files to a new folder `audit` in `home`. */
  readonly audit: boolean;
  /** Repository with `dist/`; found by itself. */
  readonly root?: string;
  /** Fault points for all processes (`ATLAS_FAULTS`), also for those that are started again. */
  readonly faults?: string;
  readonly logLevel?: string;
  /** Products that a new catalogue gets; the manifest's number otherwise. */
  readonly seedProducts?: number;
  /** Processes that wait blank, to become a service when one is needed; none by default. */
  readonly spares?: number;
  /** Cores that each host may take at most, 0.1 to 64, where the machine can limit them; no limit by default. */
  readonly hostCpu?: number;
  /** How long services that are not needed any more are kept warm, ms; 0: they are stopped. */
  readonly keepWarmMs?: number;
  /** What brain and emergency may do by themselves until an operator sets a level; 0, nothing, by default. */
  readonly autonomy?: number;
  /** Longest trial of a switch, ms; 60,000 by default. */
  readonly trialMostMs?: number;
  /** Last change to what the switcher is told: other environments, another store link for one instance. */
  readonly rewire?: (file: StackFile) => StackFile | Promise<StackFile>;
  /** Told of progress and of trouble with processes, in a line each. */
  readonly onEvent?: (line: string) => void;
  /** Gives the start up; nothing stays behind. */
  readonly signal?: AbortSignal;
  /** Longest pause before a process that ended is started again; 5 s. */
  readonly mostPauseMs?: number;
}

/** The edge's port, taken before anything starts. */
export interface EdgePort {
  readonly port: number;
  close(): void;
}

/** URLs carry no trailing slash and stay the same while the stack runs. */
export interface Foundation {
  readonly home: string;
  readonly edgeUrl: string;
  readonly operatorToken: string;
  readonly acquirerUrl: string;
  /** Superuser's URL of the database `atlas`. */
  readonly postgresUrl: string;
  /** Null when auditing is off. */
  readonly auditDir: string | null;
  readonly build: string;
}

/** What differs between stacks. */
export interface Upper<E extends EdgePort> {
  readonly openEdge: () => Promise<E>;
  readonly driver: StackFile['driver'];
}

/**
 * Lays it, each step with its undo.
 * @throws StackError in one line: second start in the folder, no write permission, the port in use, no build.
 */
export async function layFoundation<E extends EdgePort>(
  options: FoundationOptions,
  undo: Undo,
  { openEdge, driver }: Upper<E>,
): Promise<{
  readonly foundation: Foundation;
  readonly edge: E;
  readonly spec: Supervised;
  readonly brainEnv: Record<string, string>;
}> {
  const { home } = options;
  refuseFewFiles(openFileLimit());
  const root = options.root ?? repositoryRoot();
  const spec: Supervised = { ...options, root, onEvent: options.onEvent ?? (() => undefined) };
  const manifest = await readManifest(root);
  const build = await readBuild(root);
  await makeFolders(home);
  const lock = await lockStack(home);
  undo.add(() => lock.release());
  const left = await endLeftovers(home);
  if (left > 0) spec.onEvent(`an earlier start was killed; ${left} of its processes were still ending`);
  const edge = await openEdge();
  undo.add(() => edge.close());
  const edgeUrl = `http://127.0.0.1:${edge.port}`;
  const secrets = await loadSecrets(home, databaseRoles(manifest));
  undo.add(() => removeRunFile(home));
  await publishRow(home, await ownRow('stack', process.pid));

  const [postgres, acquirer] = await both(
    keepPostgres(spec, secrets.adminPassword),
    keepAcquirer(spec, secrets.acquirerToken),
    undo,
  );
  const postgresPort = postgres.current().port;
  await createDatabase(postgres.current().url);
  const seedProducts = options.seedProducts ?? manifest.seedProducts;
  await migrate({ root, home, manifest, secrets, postgresPort, seedProducts });

  options.signal?.throwIfAborted();
  const auditDir = options.audit ? join(home, 'audit') : null;
  await freshAudit(home, auditDir);
  const acquirerUrl = acquirer.current().url;
  const { faults, logLevel, keepWarmMs, autonomy, trialMostMs, spares, hostCpu } = options;
  const given = {
    root,
    home,
    build,
    manifest,
    secrets,
    postgresPort,
    acquirerUrl,
    auditDir,
    faults,
    logLevel,
    keepWarmMs,
    autonomy,
    trialMostMs,
    spares,
    hostCpu,
  };
  const start = randomBytes(8).toString('hex');
  const file = { ...wire({ ...given, driver, controlPort: 0 }), start };
  await writeStackFile(home, (await options.rewire?.(file)) ?? file);
  const postgresUrl = databaseUrl(secrets, postgresPort);
  const { operatorToken } = secrets;
  const named = { edgeUrl, controlUrl: '', operatorToken, acquirerUrl, postgresUrl };
  await updateRunFile(home, (document) => ({ ...document, ...named }));
  undo.add(watchSpace(home, spec.onEvent));
  const foundation = { home, edgeUrl, operatorToken, acquirerUrl, postgresUrl, auditDir, build };
  return { foundation, edge, spec, brainEnv: brainEnvironment(given) };
}

/** Node has raised it as far as it may already. */
function refuseFewFiles(open: number = Infinity): void {
  if (open >= LEAST_OPEN_FILES) return;
  throw new StackError(
    `only ${open} files may be open at once (ulimit -n), and the shop needs ${LEAST_OPEN_FILES}: raise it, e.g. \`ulimit -n 4096\``,
  );
}

/** Two things that start at the same time; when one fails the other is undone too. */
async function both<A extends { stop(): Promise<void> }, B extends { stop(): Promise<void> }>(
  first: Promise<A>,
  second: Promise<B>,
  undo: Undo,
): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  for (const result of [a, b]) if (result.status === 'fulfilled') undo.add(() => result.value.stop());
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
}

async function makeFolders(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true });
    await mkdir(join(home, 'logs'), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw noPermission(home, error);
  }
}

function noPermission(home: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new StackError(`no permission to write in ${home}; set ATLAS_HOME to a folder of yours`, error);
  if (code === 'ENOTDIR' || code === 'EEXIST') return new StackError(`${home} is not a folder`, error);
  return error;
}

/** T1. */
export async function lockStack(home: string): Promise<FileLock> {
  for (let attempts = 0; ; attempts += 1) {
    const attempt = await tryLock(join(home, 'stack.lock')).catch((error: unknown) => {
      throw noPermission(home, error);
    });
    if (attempt.outcome === 'held') return attempt.lock;
    if (attempts < 3) continue;
    const url = (await readRunFile(home).catch(() => undefined))?.edgeUrl;
    throw new StackError(
      `a stack runs in ${home} already (process ${attempt.owner.pid}${url ? `, ${url}` : ''}); ` +
        'stop it, or set ATLAS_HOME to another folder',
    );
  }
}

/** Audit files of earlier runs say nothing about this one. */
async function freshAudit(home: string, auditDir: string | null): Promise<void> {
  await rm(join(home, 'audit'), { recursive: true, force: true });
  if (auditDir !== null) await mkdir(auditDir, { mode: 0o700 });
}

async function readBuild(root: string): Promise<string> {
  try {
    const { build } = JSON.parse(await readFile(join(root, 'dist/build.json'), 'utf8')) as { build: string };
    return build;
  } catch (error) {
    throw new StackError('nothing is built yet: run `npm run build`', error);
  }
}
