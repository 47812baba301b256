/**
 * One real shop for a test: Postgres, acquirer, switcher and hosts as processes, in a folder of its own.
 *
 * X1  Whatever a test leaves running is ended by `end`, also after a failure; then no process of the run lives.
 * X2  The folder goes with the shop; it stays, and is named, when anything of the file failed.
 */
import { audit, type AuditResult } from '@atlas/auditor';
import { readRequestLog, type LoadConfig } from '@atlas/load';
import {
  goneWithin,
  isAlive,
  repositoryRoot,
  resetStack,
  startStack,
  type ProcessRow,
  type Stack,
  type StackOptions,
} from '@atlas/platform-stack';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlClient } from './control.ts';
import { assertEventually } from './eventually.ts';
import { startLoad, type Load } from './load.ts';
import { processesIn, rowOf, rowsOf } from './processes.ts';

export type ShopOptions = Partial<Omit<StackOptions, 'home' | 'root'>>;

export interface Shop {
  readonly home: string;
  readonly stack: Stack;
  readonly control: ControlClient;
  /** What the supervisor told, a line each. */
  readonly events: readonly string[];
  /** Starts the load driver; at most one at a time. */
  load(config?: Partial<LoadConfig>): Promise<Load>;
  /** The row of an instance in the run file. */
  process(instance: string): Promise<ProcessRow>;
  /** Resolves to the row of the instance once another process than `before` serves as it, and is ready. */
  replaced(before: ProcessRow, withinMs?: number): Promise<ProcessRow>;
  /** Audits everything since the start; all loads have ended. */
  audit(): Promise<AuditResult>;
  /** X1. Harmless when called twice. */
  end(): Promise<void>;
}

/** The file in a shop's folder that arms faults while it runs: `faults: 'file:…'`. */
export const faultFileOf = (home: string): string => join(home, 'faults');

/** Arms faults in switchers, acquirer, supervisor and hosts of these apps only: others need not look. */
export const faultsInHostsOf =
  (...hit: readonly string[]): NonNullable<ShopOptions['rewire']> =>
  (file) => {
    for (const [app, { env }] of Object.entries(file.apps)) {
      if (!hit.includes(app)) delete env['ATLAS_FAULTS'];
    }
    return file;
  };

const BUILT = ['shop', 'switcher', 'acquirer', 'load'];

/** Path of a built file. @throws Error in one line when it is not built. */
export function builtFile(app: string, file = 'main.js'): string {
  const path = join(repositoryRoot(), 'dist', app, file);
  if (existsSync(path)) return path;
  throw new Error(`dist/${app}/${file} is missing: build first with \`npm run build\``);
}

/** A new folder for a run, which any user may enter (Postgres runs unprivileged). */
export async function makeHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'atlas-e2e-'));
  await chmod(home, 0o755);
  return home;
}

/** Removes the folder and a database that had to be put elsewhere. */
export async function removeHome(home: string): Promise<void> {
  await resetStack(home);
  await rm(home, { recursive: true, force: true });
}

/** @throws Error listing processes of the run that still live 5 s from now. */
export async function assertNothingLeft(home: string, rows: readonly ProcessRow[] = []): Promise<void> {
  const own = rows.filter(({ pid }) => pid !== process.pid);
  await Promise.all(own.map((row) => goneWithin(row, 5_000)));
  await assertEventually(
    'no process of the run is alive',
    async () => {
      const named = await Promise.all(own.map(isAlive));
      const left = [
        ...own.filter((_, i) => named[i]).map(({ instance, pid }) => `${pid} ${instance}`),
        ...(await processesIn(home)).map(({ pid, command }) => `${pid} ${command}`),
      ];
      if (left.length > 0) throw new Error(left.join('\n'));
    },
    { withinMs: 5_000 },
  );
}

/** Starts a shop with audit on and resolves when it answers. @param options of one in this folder, which is new */
export async function startShop(options: (home: string) => ShopOptions): Promise<Shop> {
  for (const app of BUILT) builtFile(app);
  const home = await makeHome();
  const events: string[] = [];
  const stack = await startStack({
    ...{ home, port: 0, audit: true, onEvent: (line) => events.push(line) },
    ...options(home),
  }).catch(async (error: unknown) => {
    await removeHome(home);
    throw error;
  });
  return shopOf(stack, events);
}

function shopOf(stack: Stack, events: readonly string[]): Shop {
  const { home } = stack;
  let load: Load | undefined;
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    const rows = await rowsOf(home).catch(() => []);
    await load?.kill();
    await stack.stop();
    await assertNothingLeft(home, rows);
  };
  return {
    home,
    stack,
    control: new ControlClient(stack),
    events,
    load: async (config) => {
      await load?.kill();
      return (load = await startLoad(stack, builtFile('load'), config));
    },
    process: (instance) => rowOf(home, instance),
    replaced: (before, withinMs = 30_000) => replaced(stack, before, withinMs),
    audit: () => auditOf(stack, load),
    end: () => (ended ??= end()),
  };
}

function replaced(stack: Stack, before: ProcessRow, withinMs: number): Promise<ProcessRow> {
  const control = new ControlClient(stack);
  const look = async (): Promise<ProcessRow> => {
    const row = await rowOf(stack.home, before.instance);
    if (row.pid === before.pid) throw new Error(`${row.instance} is still process ${row.pid}`);
    if (row.rpc === null) return row;
    const host = (await control.status()).hosts.find(({ pid }) => pid === row.pid);
    if (host?.health !== 'ready') throw new Error(`${row.instance} is ${host?.health ?? 'unknown'}`);
    return row;
  };
  return assertEventually(`${before.instance} is replaced`, look, { withinMs });
}

async function auditOf(stack: Stack, load: Load | undefined): Promise<AuditResult> {
  const { postgresUrl, acquirerUrl, auditDir } = stack;
  if (auditDir === null || load === undefined) throw new Error('nothing to audit: audit is off, or no load');
  return audit({ postgresUrl, acquirerUrl, auditDir, clientLog: load.log, waitMs: 60_000 });
}

/** Requests of a log that failed, the first 20 of them, as an assertion shows them. */
export async function failuresIn(log: string): Promise<readonly string[]> {
  const failed: string[] = [];
  for await (const { failed: bad, route, status, rootId, epoch } of readRequestLog(log)) {
    if (bad && failed.length < 20) failed.push(`${route}: ${status}, root ${rootId}, epoch ${epoch}`);
  }
  return failed;
}
