/** The built switcher over a real store, for hosts that a bench brings itself. */
import { makeCouplingDatabase } from '@atlas/control-store/testing';
import {
  appEnvironment,
  endProcesses,
  isAlive,
  lastLines,
  readRunFile,
  repositoryRoot,
  StackError,
  startApp,
  startPostgres,
  writeStackFile,
  type AppProcess,
} from '@atlas/platform-stack';
import { ControlClient } from '@atlas/stack';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchContext } from './bench.ts';
import { inFolder } from './folder.ts';

export interface ControlPlane {
  /** For hosts. */
  readonly storeUrl: string;
  readonly control: ControlClient;
}

const LOOK_EVERY_MS = 50;
const STOP_MS = 2_000;
/** More than any layout of a bench needs: every connection here is imagined. */
const POOL_BUDGET = 100_000;

/** Runs `work` with a Postgres in a folder of its own, and ends it. @throws as `inFolder` */
export function withPostgres<T>(
  context: Pick<BenchContext, 'signal'>,
  work: (url: string) => Promise<T>,
): Promise<T> {
  return inFolder(context, async (home) => {
    const postgres = await startPostgres({
      dataDir: join(home, 'postgres'),
      password: randomBytes(24).toString('hex'),
      logFile: join(home, 'postgres.log'),
    });
    try {
      return await work(postgres.url);
    } finally {
      await postgres.stop();
    }
  });
}

/** Runs `work` with a switcher for that many made-up modules, over a store of its own. @throws as `inFolder` */
export function withSwitcher<T>(
  { signal }: Pick<BenchContext, 'signal'>,
  { postgresUrl, modules }: { readonly postgresUrl: string; readonly modules: readonly string[] },
  work: (plane: ControlPlane) => Promise<T>,
): Promise<T> {
  return inFolder({ signal }, async (home) => {
    const database = await makeCouplingDatabase(postgresUrl);
    const operatorToken = randomBytes(24).toString('hex');
    const app = { main: join(home, 'nothing.js'), env: { ATLAS_POOL_BUDGET: String(POOL_BUDGET) } };
    await writeStackFile(home, {
      ...{
        build: 'growth',
        storeUrl: database.switcherUrl,
        controlPort: 0,
        operatorToken,
        driver: 'process',
      },
      ...{ bundle: 'shop', modules: [...modules], hybrid: [] },
      apps: Object.fromEntries(['shop', ...modules].map((name) => [name, app])),
    });
    const switcher = await startApp({
      app: 'switcher',
      main: join(repositoryRoot(), 'dist/switcher/main.js'),
      env: appEnvironment({ ATLAS_HOME: home, ATLAS_STACK_FILE: join(home, 'stack.json') }),
      logFile: logOf(home),
    });
    try {
      const controlUrl = await addressOf(switcher, home, signal);
      return await work({
        storeUrl: database.hostUrl,
        control: new ControlClient(controlUrl, operatorToken),
      });
    } finally {
      switcher.cutLifeline();
      await endProcesses([switcher], STOP_MS);
      await database.close();
    }
  });
}

const logOf = (home: string): string => join(home, 'switcher.log');

/** @throws StackError when it ends before it says where it listens */
async function addressOf(switcher: AppProcess, home: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const url = (await readRunFile(home).catch(() => undefined))?.controlUrl;
    if (url !== undefined && url !== '') return url;
    if (!(await isAlive(switcher)))
      throw new StackError(`the switcher ended at its start: ${await lastLines(logOf(home))}`);
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}
