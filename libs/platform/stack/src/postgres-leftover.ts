/** What an earlier, killed starter may have left in a data folder: a Postgres that still runs, or only its pid file. */
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { askPs, goneWithin, processStartTime, signalProcess } from './process-identity.ts';
import { StackError } from './stack-error.ts';

export interface Postmaster {
  readonly pid: number;
  /** It accepts connections (or did when it died). */
  readonly ready: boolean;
  /** Tells two starts apart, also with the same pid. */
  readonly start: string;
}

/** What `postmaster.pid` says; the server may be dead. */
export async function postmaster(dataDir: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!(pid > 0)) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready', start: `${pid}:${lines[2] ?? ''}` };
}

/** Whether the process is a Postgres that works in this folder (a server's working directory is its data folder). */
async function worksIn(pid: number, dataDir: string): Promise<boolean> {
  const folder = await realpath(dataDir).catch(() => dataDir);
  if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === folder;
  const command = await askPs(pid, 'command=');
  return command.includes('postgres') && command.includes(dataDir);
}

/**
 * Ends a Postgres that still works in the folder (fast, then immediate after 3 s). A pid file of a dead server stays:
 * Postgres judges it itself, and finds backends that still live. But one whose pid is some other program's by now would
 * stop it from starting, and goes. Only under the folder's lock: then nobody else can be starting one there.
 */
export async function clearLeftover(dataDir: string): Promise<void> {
  const found = await postmaster(dataDir);
  if (!found) return;
  const startTime = await processStartTime(found.pid);
  if (startTime === undefined) return;
  if (await worksIn(found.pid, dataDir)) {
    const identity = { pid: found.pid, startTime };
    await signalProcess(identity, 'SIGINT');
    if (!(await goneWithin(identity, 3_000))) await signalProcess(identity, 'SIGQUIT');
    if (!(await goneWithin(identity, 5_000)))
      throw new StackError(`an earlier Postgres (process ${found.pid}) in ${dataDir} does not end`);
  }
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
}
