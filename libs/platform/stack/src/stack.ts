/**
 * The root supervisor: one whole stack in one folder.
 *
 * T1  One stack per folder, by lock; what a killed one left is gone before anything starts.
 * T2  Postgres, acquirer and switcher are started again when they end, on the same ports. Hosts are the switcher's.
 * T3  `stop` ends everything within 5 s. If this process is killed, the lifelines do, within the same time.
 * T4  A start that fails leaves nothing running.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatabase, migrate } from './database-setup.ts';
import { openEdgeSocket, type EdgeSocket } from './edge-socket.ts';
import { tryLock, type FileLock } from './file-lock.ts';
import { endLeftovers, endProcesses } from './leftovers.ts';
import { readManifest, repositoryRoot } from './manifest.ts';
import { stackReady } from './readiness.ts';
import { readRunFile, removeRunFile, updateRunFile } from './run-file.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { StackError } from './stack-error.ts';
import { writeStackFile, type StackFile } from './stack-file.ts';
import {
  keepAcquirer,
  keepPostgres,
  keepSwitcher,
  ownRow,
  publishRow,
  switcherTrouble,
  type Supervised,
} from './supervise.ts';
import { databaseRoles, databaseUrl, wire } from './wiring.ts';

export interface StackOptions {
  /** Folder of all state; made when missing. */
  readonly home: string;
  /** Port of the edge on 127.0.0.1; 0: any free one. */
  readonly port: number;
  /** Write audit files to a new folder `audit` in `home`. */
  readonly audit: boolean;
  /** Repository with `dist/`; found by itself. */
  readonly root?: string;
  /** Fault points for all processes (`ATLAS_FAULTS`), also for those that are started again. */
  readonly faults?: string;
  readonly logLevel?: string;
  /** Products that a new catalogue gets; the manifest's number otherwise. */
  readonly seedProducts?: number;
  /** How long services that are not needed any more are kept warm, ms; 0: they are stopped. */
  readonly keepWarmMs?: number;
  /** Last change to what the switcher is told: other environments, another store link for one instance. */
  readonly rewire?: (file: StackFile) => StackFile | Promise<StackFile>;
  /** Told of progress and of trouble with processes, in a line each. */
  readonly onEvent?: (line: string) => void;
  /** Gives the start up; nothing stays behind. */
  readonly signal?: AbortSignal;
  /** Longest pause before a process that ended is started again; 5 s. */
  readonly mostPauseMs?: number;
  /** How long the shop may take to answer; 60 s. */
  readonly readyWithinMs?: number;
}

export interface Stack {
  readonly home: string;
  /** URLs carry no trailing slash and stay the same while the stack runs. */
  readonly edgeUrl: string;
  readonly controlUrl: string;
  readonly operatorToken: string;
  readonly acquirerUrl: string;
  /** Superuser's URL of the database `atlas`. */
  readonly postgresUrl: string;
  /** Null when auditing is off. */
  readonly auditDir: string | null;
  readonly build: string;
  /** T3. Harmless when called twice. */
  stop(): Promise<void>;
}

/** Host processes get this long for the lifeline's end to do its work. */
const HOSTS_END_MS = 2_000;

/** Things to undo, last one first (T4). */
class Undo {
  readonly #steps: (() => Promise<unknown> | void)[] = [];

  add(step: () => Promise<unknown> | void): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

/**
 * Starts a stack and waits until the shop answers.
 * @throws StackError in one line: port in use, second start in the folder, no write permission, an app that fails.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const undo = new Undo();
  try {
    return await start(options, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function start(options: StackOptions, undo: Undo): Promise<Stack> {
  const { home } = options;
  const root = options.root ?? repositoryRoot();
  const spec: Supervised = { ...options, root, onEvent: options.onEvent ?? (() => undefined) };
  const manifest = await readManifest(root);
  const build = await readBuild(root);
  await makeFolders(home);
  const lock = await lockStack(home);
  undo.add(() => lock.release());
  const left = await endLeftovers(home);
  if (left > 0) spec.onEvent(`an earlier start was killed; ${left} of its processes were still ending`);
  const edge = await openEdgeSocket(options.port);
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
  const { faults, logLevel, keepWarmMs } = options;
  const wiring = {
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
  };
  const file = wire({ ...wiring, controlPort: 0 });
  await writeStackFile(home, (await options.rewire?.(file)) ?? file);
  const postgresUrl = databaseUrl(secrets, postgresPort);
  await updateRunFile(home, (document) => ({
    ...document,
    ...addresses(secrets, { edgeUrl, acquirerUrl, postgresUrl }),
  }));
  const controlUrl = await startSwitcher(spec, {
    edge,
    edgeUrl,
    undo,
    withinMs: options.readyWithinMs ?? 60_000,
    signal: options.signal,
  });

  let stopped: Promise<void> | undefined;
  return {
    home,
    edgeUrl,
    controlUrl,
    operatorToken: secrets.operatorToken,
    acquirerUrl,
    postgresUrl,
    auditDir,
    build,
    stop: () => (stopped ??= undo.run()),
  };
}

const addresses = (
  secrets: Secrets,
  urls: { readonly edgeUrl: string; readonly acquirerUrl: string; readonly postgresUrl: string },
) => ({ ...urls, controlUrl: '', operatorToken: secrets.operatorToken });

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

interface SwitcherStart {
  readonly edge: EdgeSocket;
  readonly edgeUrl: string;
  readonly undo: Undo;
  readonly withinMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Resolves to the control URL when the edge answers. */
async function startSwitcher(spec: Supervised, start: SwitcherStart): Promise<string> {
  let troubles = 0;
  const onEvent = (line: string): void => {
    troubles += 1;
    spec.onEvent(line);
  };
  const switcher = await keepSwitcher({ ...spec, onEvent }, start.edge.fd);
  start.undo.add(async () => {
    const hosts = (await readRunFile(spec.home).catch(() => undefined))?.processes ?? [];
    const stopping = switcher.stop();
    switcher.cutLifelines();
    const own = new Set(['stack', 'postgres', 'acquirer']);
    await endProcesses(
      hosts.filter(({ app }) => !own.has(app)),
      HOSTS_END_MS,
    );
    await stopping;
  });
  const controlUrl = await stackReady(spec.home, start.edgeUrl, {
    withinMs: start.withinMs,
    cancelled: () => troubles >= 5 || start.signal?.aborted === true,
  });
  start.signal?.throwIfAborted();
  if (controlUrl === undefined) throw await switcherTrouble(spec.home, 'the shop does not answer');
  return controlUrl;
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
