import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../src/process-identity.ts';
import { resetStack } from '../src/reset.ts';
import { readRunFile, type ProcessRow, type RunFile } from '../src/run-file.ts';
import { startStack, type Stack } from '../src/stack.ts';
import { readStackFile, stackFilePath } from '../src/stack-file.ts';
import { standInRepository } from './stand-in/repository.ts';

let root: string;
let home: string;
const stacks: Stack[] = [];
const supervisors: ChildProcess[] = [];

beforeAll(async () => {
  root = await standInRepository();
  home = join(root, 'state');
});
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.stop();
  for (const child of supervisors.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function start(port = 0): Promise<Stack> {
  const stack = await startStack({ home, root, port, audit: true });
  stacks.push(stack);
  return stack;
}

/** A supervisor in its own process; resolves to what it tells first. */
async function supervise(
  port = 0,
): Promise<{ child: ChildProcess; told: { edgeUrl?: string; failure?: string } }> {
  const child = fork(join(import.meta.dirname, 'stand-in/supervisor.ts'), [home, root, String(port)]);
  supervisors.push(child);
  const [told] = (await once(child, 'message')) as [{ edgeUrl?: string; failure?: string }];
  return { child, told };
}

async function running(): Promise<RunFile> {
  const file = await readRunFile(home);
  if (!file) throw new Error('no run file');
  return file;
}

async function eventually<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  for (const until = performance.now() + 30_000; ; await wait(50)) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(`never happened: ${what}`);
  }
}

const rowOf = (file: RunFile, app: string): ProcessRow => {
  const row = file.processes.find((process) => process.app === app);
  if (!row) throw new Error(`no row of ${app}`);
  return row;
};
const text = async (url: string): Promise<string> => (await fetch(url)).text();

describe('a started stack', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ home, root, port: 0, audit: true });
  });
  afterAll(() => stack?.stop());

  test('answers, names every process, and is private', async () => {
    expect(await text(stack.edgeUrl)).toBe('kiosk-0');
    expect(await text(stack.acquirerUrl)).toBe('bank');
    expect(await text(stack.controlUrl)).toBe('control');
    const file = await running();
    expect(file.processes.map(({ app }) => app).sort()).toEqual([
      'acquirer',
      'kiosk',
      'postgres',
      'stack',
      'switcher',
    ]);
    expect(await Promise.all(file.processes.map(isAlive))).toEqual([true, true, true, true, true]);
    for (const name of ['secrets.json', 'stack.json', 'run.json'])
      expect((await stat(join(home, name))).mode & 0o777).toBe(0o600);
    const client = new pg.Client({ connectionString: file.postgresUrl });
    await client.connect();
    await client.end();
  });

  test('the switcher is told everything about the apps and hosts get only their own databases', async () => {
    const file = await readStackFile(stackFilePath(home));
    expect(file).toMatchObject({ build: 'stand-in', bundle: 'kiosk', modules: ['papers'], hybrid: [] });
    expect(Object.keys(file.apps)).toEqual(['kiosk', 'papers']);
    expect(
      Object.keys(file.apps['papers']?.env ?? {})
        .filter((key) => key.startsWith('ATLAS_'))
        .sort(),
    ).toEqual([
      'ATLAS_ACQUIRER_TOKEN',
      'ATLAS_ACQUIRER_URL',
      'ATLAS_AUDIT_DIR',
      'ATLAS_BUILD',
      'ATLAS_DB_URL_PAPERS',
      'ATLAS_HOME',
      'ATLAS_RPC_TOKEN',
      'ATLAS_STORE_URL',
    ]);
  });

  test('goes on when a second start in the same folder is refused in one line', async () => {
    await expect(startStack({ home, root, port: 0, audit: false })).rejects.toThrow(
      new RegExp(`^a stack runs in ${home} already \\(process ${process.pid}, ${stack.edgeUrl}\\)`),
    );
    expect(await text(stack.edgeUrl)).toBe('kiosk-0');
  });

  test('ends with every process when it is stopped, and the run file with it', async () => {
    const { processes } = await running();
    await stack.stop();
    const others = processes.filter(({ app }) => app !== 'stack');
    expect(await Promise.all(others.map(isAlive))).toEqual([false, false, false, false]);
    expect(await readRunFile(home)).toBeUndefined();
  });
});

test('a port in use is refused in one line, and nothing stays behind', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(start(port)).rejects.toThrow(`port ${port} is in use`);
  other.close();
  expect(await readRunFile(home)).toBeUndefined();
  expect(await text((await start(port)).edgeUrl)).toBe('kiosk-0');
});

test('postgres, acquirer and switcher come back on their ports after SIGKILL, and the bundle never goes', async () => {
  const stack = await start();
  const before = await running();
  for (const app of ['postgres', 'acquirer', 'switcher']) process.kill(rowOf(before, app).pid, 'SIGKILL');
  await eventually(async () => {
    const now = await running();
    const changed = ['postgres', 'acquirer', 'switcher'].every(
      (app) => rowOf(now, app).pid !== rowOf(before, app).pid,
    );
    return changed ? now : undefined;
  }, 'all three have new pids');
  const client = await eventually(async () => {
    const connection = new pg.Client({ connectionString: stack.postgresUrl });
    await connection.connect();
    return connection;
  }, 'postgres answers at its old address');
  await client.end();
  await eventually(() => text(stack.acquirerUrl), 'the acquirer answers at its old address');
  await eventually(() => text(stack.controlUrl), 'the switcher answers at its old address');
  expect(rowOf(await running(), 'kiosk').pid).toBe(rowOf(before, 'kiosk').pid);
});

test('a killed supervisor leaves nothing behind, and the next start takes over', async () => {
  const { child } = await supervise();
  const { processes } = await running();
  child.kill('SIGKILL');
  await eventually(
    async () => ((await Promise.all(processes.map(isAlive))).some(Boolean) ? undefined : true),
    'everything is gone',
  );
  expect(await text((await start()).edgeUrl)).toBe('kiosk-0');
});

test('a killed supervisor is taken over at once, whatever of it still lives', async () => {
  const { child } = await supervise();
  const { processes } = await running();
  process.kill(rowOf(await running(), 'kiosk').pid, 'SIGSTOP');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await text((await start()).edgeUrl)).toBe('kiosk-0');
  expect(await Promise.all(processes.map(isAlive))).toEqual([false, false, false, false, false]);
});

test('an app that cannot start fails the start with the last line of its log, and nothing stays behind', async () => {
  const main = join(root, 'dist/acquirer/main.js');
  const before = await readFile(main);
  await writeFile(main, 'console.error("acquirer: ATLAS_HOME: missing"); process.exit(1)');
  await expect(start()).rejects.toThrow(/^the acquirer did not start: acquirer: ATLAS_HOME: missing$/);
  await writeFile(main, before);
  expect(await readRunFile(home)).toBeUndefined();
});

test('reset forgets all state, but not while a stack runs', async () => {
  const stack = await start();
  await expect(resetStack(home)).rejects.toThrow(/a stack runs/);
  const secrets = await readFile(join(home, 'secrets.json'), 'utf8');
  await stack.stop();
  await resetStack(home);
  await start();
  expect(await readFile(join(home, 'secrets.json'), 'utf8')).not.toBe(secrets);
});

test('a folder that nobody may enter is no obstacle to Postgres under root', async () => {
  const closed = join(root, 'closed');
  await mkdir(closed);
  await chmod(closed, 0o700);
  const stack = await startStack({ home: join(closed, 'state'), root, port: 0, audit: false });
  stacks.push(stack);
  expect(await text(stack.edgeUrl)).toBe('kiosk-0');
  await stack.stop();
  await resetStack(join(closed, 'state'));
  await expect(stat(join(closed, 'state/postgres.place'))).rejects.toThrow(/ENOENT/);
});
