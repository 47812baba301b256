/** The cores that contenders are pinned to: the first ones that this process may use, which need not be 0 and 1. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const TASKSET = '/usr/bin/taskset';
const ALLOWED = /^Cpus_allowed_list:\s*(\S+)$/m;

/** `2-4,8` → 2, 3, 4, 8: as the kernel writes down a set of cores. */
export const coresIn = (list: string): number[] =>
  list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });

/** None where nothing can be pinned, or where there is but one core, which all would share. */
function usable(): readonly number[] {
  if (process.platform !== 'linux' || !existsSync(TASKSET) || availableParallelism() < 2) return [];
  const [, list] = ALLOWED.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const cores = list === undefined ? [] : coresIn(list);
  return cores.length < 2 ? [] : cores;
}

const USABLE = usable();

export const canPin = (): boolean => USABLE.length > 0;

/**
 * The system's name of a core, for `taskset`; undefined where nothing can be pinned.
 * @param core counted from 0 among those that this process may use
 */
export const coreOf = (core: number): string | undefined => USABLE[core]?.toString();

/**
 * Has a process run on a core, with all of its threads; without one, on all that this process could use when it began. Does
 * nothing where nothing can be pinned. @param core as for `coreOf`
 */
export async function runOn(pid: number, core?: number): Promise<void> {
  const list = core === undefined ? USABLE.join(',') : coreOf(core);
  if (list) await run(TASKSET, ['-a', '-c', '-p', list, String(pid)]);
}
