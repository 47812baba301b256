/**
 * Who a process is: its pid *and* when it started, since pids are used again.
 * Nothing may signal a process that it did not start itself unless both match.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseStat } from './proc-stat.ts';

const run = promisify(execFile);

const ASK_AGAIN_MS = 50;

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As `processStartTime` said; opaque, only ever compared. */
  readonly startTime: string;
}

/**
 * When the process started: opaque, the same for the whole life of the process, different for another process that
 * gets the same pid later (also after a reboot). Undefined when no such process lives; a zombie counts as dead.
 * Linux: start in clock ticks from `/proc/PID/stat` and the boot's id; elsewhere `ps -o lstart`.
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid);
}

let bootId: Promise<string> | undefined;

/** Undefined when there is no such file. With no descriptor free it waits for one: nobody is dead for lack of it. */
async function readProc(path: string): Promise<string | undefined> {
  for (;;) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code !== 'EMFILE' && code !== 'ENFILE') return undefined;
      await wait(ASK_AGAIN_MS);
    }
  }
}

async function fromProc(pid: number): Promise<string | undefined> {
  const stat = await readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const { state = '', start = '' } = parseStat(stat) ?? {};
  if (state === 'Z' || state === 'X') return undefined;
  bootId ??= readProc('/proc/sys/kernel/random/boot_id').then((text) => text?.trim().slice(0, 8) ?? 'boot');
  return `${await bootId}:${start}`;
}

/** No descriptor, no process or no memory to run a program with; it passes. */
const SHORT_OF = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'];

/**
 * What `ps` says of a process; empty when there is none. One that cannot be run now, or is ended by a signal, has said
 * nothing, and is asked again.
 * @param columns as for `-o`
 * @throws Error when there is no `ps` to run.
 */
export async function askPs(pid: number, columns: string): Promise<string> {
  for (;;) {
    try {
      const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
      return (await run('ps', ['-o', columns, '-p', String(pid)], { env })).stdout;
    } catch (error) {
      const { code, signal } = error as { code?: number | string | null; signal?: string | null };
      if (typeof code === 'number') return '';
      if (!signal && !SHORT_OF.includes(code ?? '')) throw error;
      await wait(ASK_AGAIN_MS);
    }
  }
}

async function fromPs(pid: number): Promise<string | undefined> {
  const [state = '', ...start] = (await askPs(pid, 'state=,lstart=')).trim().split(/\s+/);
  return state === '' || state.startsWith('Z') ? undefined : start.join(' ');
}

/** Whether exactly this process still lives. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await processStartTime(identity.pid)) === identity.startTime;
}

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, startTime: (await processStartTime(process.pid)) ?? 'unknown' };
}

/**
 * Sends a signal if exactly this process still lives; says whether it was sent.
 * @param mayStill asked at the very last moment: this process may have stood still since it decided to.
 */
export async function signalProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  mayStill: () => boolean = () => true,
): Promise<boolean> {
  if (!(await isAlive(identity)) || !mayStill()) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Resolves true as soon as the process is gone, false when it still lives after `withinMs`. */
export async function goneWithin(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (await isAlive(identity)) {
    if (performance.now() >= until) return false;
    await wait(20);
  }
  return true;
}
