/** CPU time and memory of processes, as the operating system counts them. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parseStat, StackError, type ProcStat } from '@atlas/platform-stack';

const run = promisify(execFile);

export interface ProcessUsage extends Pick<ProcStat, 'parent' | 'start' | 'cpuMs'> {
  readonly pid: number;
}

/** `12-03:04:05.67` or `4:05.67` in ms. */
export function parseCpuTime(text: string): number {
  const [clock = '0', days = '0'] = text.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000;
}

/** Empty when the process has ended. */
function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * All processes of this machine that can be seen. The kernel answers from memory: through the thread pool each of these
 * files costs seven times as much, and whoever counts CPU is counted, too.
 */
export async function listProcesses(): Promise<ProcessUsage[]> {
  if (process.platform !== 'linux') return listByPs();
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const pid = Number(name);
    const stat = parseStat(statOf(pid));
    return stat === undefined ? [] : { pid, parent: stat.parent, start: stat.start, cpuMs: stat.cpuMs };
  });
}

async function listByPs(): Promise<ProcessUsage[]> {
  // Of macOS, it writes CPU times with the decimal point of the person's language.
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,time=,lstart='], { env });
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, time = '0', ...start] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), start: start.join(' '), cpuMs: parseCpuTime(time) };
    });
}

/** The roots and everything below them, without `except` and what is below that. */
export function familyOf(
  all: readonly ProcessUsage[],
  roots: ReadonlySet<number>,
  except: number | undefined,
): ProcessUsage[] {
  const byParent = Map.groupBy(all, (usage) => usage.parent);
  const family = new Map<number, ProcessUsage>();
  const visit = (usage: ProcessUsage): void => {
    if (usage.pid === except || family.has(usage.pid)) return;
    family.set(usage.pid, usage);
    for (const child of byParent.get(usage.pid) ?? []) visit(child);
  };
  for (const usage of all) if (roots.has(usage.pid)) visit(usage);
  return [...family.values()];
}

/** Name → the pids that count for it: each process for its nearest ancestor, or itself, that has a name; once. */
export function ownersOf(
  all: readonly ProcessUsage[],
  names: ReadonlyMap<number, string>,
): Map<string, number[]> {
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const owners = new Map([...names.values()].map((name) => [name, [] as number[]]));
  for (const { pid } of all) {
    let at: number | undefined = pid;
    while (at !== undefined && !names.has(at)) at = parents.get(at);
    if (at !== undefined) owners.get(names.get(at) ?? '')?.push(pid);
  }
  return owners;
}

/**
 * Memory that goes back when these end, in MB: proportional set size on Linux; elsewhere resident size, which counts
 * shared pages more than once.
 */
export async function memoryMb(pids: readonly number[]): Promise<number> {
  if (process.platform !== 'linux') {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', pids.join(',')]).catch(() => ({ stdout: '' }));
    return stdout.split('\n').reduce((sum, line) => sum + Number(line), 0) / 1024;
  }
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
    }),
  );
  return sizes.reduce((sum, kb) => sum + kb, 0) / 1024;
}

/**
 * Of each name, as `memoryMb`.
 * @param owners as of `ownersOf`
 * @throws StackError that names one of which nothing can be read: it would count as nothing
 */
export async function memoryByName(
  owners: ReadonlyMap<string, readonly number[]>,
): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const [name, pids] of owners) {
    const mb = await memoryMb(pids);
    if (mb === 0)
      throw new StackError(
        `the memory of ${name} cannot be read: it has ended, or belongs to another user, or the system does not tell (smaps_rollup)`,
      );
    sizes[name] = mb;
  }
  return sizes;
}
