/** Postgres and acquirer, which the supervisor keeps running: each start here is also each restart. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAcquirer, type AcquirerProcess } from './acquirer.ts';
import { lastLines } from './app-process.ts';
import { isOfSpace } from './disk-space.ts';
import { keepRunning, MOST_PAUSE_MS, type KeptRunning, type Run } from './keep-running.ts';
import { startPostgres, type RunningPostgres } from './postgres.ts';
import { processStartTime } from './process-identity.ts';
import { updateRunFile, type ProcessRow } from './run-file.ts';
import { StackError } from './stack-error.ts';
import { stackFilePath, readStackFile, writeStackFile } from './stack-file.ts';
import { commonEnvironment, mainOf } from './wiring.ts';

export interface Supervised {
  readonly root: string;
  readonly home: string;
  readonly faults?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly mostPauseMs?: number | undefined;
  /** Told of what happens to the processes, in a few words. */
  readonly onEvent: (line: string) => void;
}

export const ownRow = async (app: string, pid: number, instance = app): Promise<ProcessRow> => ({
  app,
  instance,
  pid,
  rpc: null,
  startTime: (await processStartTime(pid)) ?? 'gone',
});

/** One row per process that the supervisor itself runs. */
export async function publishRow(home: string, row: ProcessRow): Promise<void> {
  await updateRunFile(home, (document) => ({
    ...document,
    processes: [...document.processes.filter(({ instance }) => instance !== row.instance), row],
  }));
}

/** Puts its row into the run file. One that has none is found by nobody, so it does not run (on): it is started again. */
export async function inRunFile<R extends Run & { readonly pid: number }>(
  home: string,
  app: string,
  { run, instance }: { readonly run: R; readonly instance?: string },
): Promise<R> {
  try {
    await publishRow(home, await ownRow(app, run.pid, instance));
  } catch (error) {
    await run.stop();
    throw error;
  }
  return run;
}

/**
 * Says that it ended, and when it is started again; of one that never gets anywhere only while the pause grows, and of one
 * that needs space on the disk only once.
 */
export function trouble(
  spec: Pick<Supervised, 'onEvent'>,
  app: string,
): (how: string, pauseMs: number) => void {
  let last = '';
  return (how, pauseMs) => {
    const full = isOfSpace(how);
    const line = full
      ? `${app} cannot start, for the disk is full; it is tried again until there is space`
      : `${app} ended (${how.split('\n')[0]}); starting it again in ${pauseMs} ms`;
    if (line !== last || (!full && pauseMs < MOST_PAUSE_MS)) spec.onEvent(line);
    last = line;
  };
}

/** Always on the port of the first start. */
export function keepPostgres(spec: Supervised, password: string): Promise<KeptRunning<RunningPostgres>> {
  let port: number | undefined;
  return keepRunning({
    onTrouble: trouble(spec, 'postgres'),
    mostPauseMs: spec.mostPauseMs,
    start: async () => {
      const logFile = join(spec.home, 'logs', 'postgres.log');
      const postgres = await startPostgres({
        dataDir: join(spec.home, 'postgres'),
        password,
        logFile,
        ...(port === undefined ? {} : { port }),
      });
      port = postgres.port;
      return inRunFile(spec.home, 'postgres', { run: postgres });
    },
  });
}

/** Always on the port of the first start. */
export function keepAcquirer(spec: Supervised, token: string): Promise<KeptRunning<AcquirerProcess>> {
  let port = 0;
  return keepRunning({
    onTrouble: trouble(spec, 'acquirer'),
    mostPauseMs: spec.mostPauseMs,
    start: async () => {
      const env = { ...commonEnvironment(spec), ATLAS_ACQUIRER_TOKEN: token };
      const acquirer = await startAcquirer({
        main: mainOf(spec.root, 'acquirer'),
        home: spec.home,
        env,
        port,
      });
      port = Number(new URL(acquirer.url).port);
      return inRunFile(spec.home, 'acquirer', { run: acquirer });
    },
  });
}

/** Variables of a switcher, complete but for its descriptors, name and port. */
export const switcherEnvironment = (spec: Omit<Supervised, 'onEvent'>): Record<string, string> => ({
  ...commonEnvironment(spec),
  ATLAS_STACK_FILE: stackFilePath(spec.home),
});

/** A switcher that is started again listens where its predecessor did. */
export async function keepControlPort(home: string): Promise<void> {
  const text = await readFile(join(home, 'run.json'), 'utf8').catch(() => '{}');
  const { controlUrl } = JSON.parse(text) as { controlUrl?: string };
  if (!controlUrl) return;
  const file = await readStackFile(stackFilePath(home));
  await writeStackFile(home, { ...file, controlPort: Number(new URL(controlUrl).port) });
}

/** @throws StackError with the last line of the switcher's log. */
export async function switcherTrouble(home: string, what: string): Promise<StackError> {
  const log = join(home, 'logs', 'switcher.log');
  const said = await lastLines(log, 1);
  return new StackError(`${what} (log: ${log})${said === '' ? '' : `; last line: ${said.slice(0, 400)}`}`);
}
