/**
 * A limit of CPU time for single processes, as a pod has one: Linux control groups, version 1 or 2.
 *
 * G1  A group is there as long as its process; what a killed stack left is struck by whoever looks next.
 * G2  Where groups cannot be made, that is said in a sentence, and nothing is limited half.
 */
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseStat } from './proc-stat.ts';

export interface CpuGroups {
  /** Limits a process, from now on, to so many cores. `name` is its own. @throws Error when it cannot be limited. */
  limit(name: string, process: { readonly pid: number; readonly cores: number }): Promise<void>;
  /** CPU time that the process has used in its life, all threads, ms; 0 when it has ended. */
  usedMs(pid: number): Promise<number>;
  /** The process has ended (G1). */
  release(name: string): Promise<void>;
}

/**
 * How long a host starts without its limit, ms: start-up boost, as container platforms give it. Within a limit of a third
 * of a core a start takes three times as long, and code is compiled for a minute of traffic instead of ten seconds.
 */
export const BOOST_MS = 10_000;

/**
 * The boost also lasts until a host has used so much CPU time, ms, as the launch credit of a burstable machine does: code is
 * compiled when it is first asked for, and a host that waited in reserve would meet its first requests cold and limited.
 */
export const BOOST_CPU_MS = 5_000;

/** Quotas count per this much time: short, so that a limited process answers late by a few milliseconds at most. */
const PERIOD_US = 10_000;
const PREFIX = 'atlas-';

interface Hierarchy {
  /** Folder in which groups are made. */
  readonly base: string;
  /** File → text that limits to so many cores. */
  readonly files: (cores: number) => readonly (readonly [name: string, text: string])[];
}

const quota = (cores: number): string => String(Math.round(PERIOD_US * cores));

const V1 = (base: string): Hierarchy => ({
  base,
  files: (cores) => [
    ['cpu.cfs_period_us', String(PERIOD_US)],
    ['cpu.cfs_quota_us', quota(cores)],
  ],
});

const V2 = (base: string): Hierarchy => ({
  base,
  files: (cores) => [['cpu.max', `${quota(cores)} ${PERIOD_US}`]],
});

const words = async (file: string): Promise<readonly string[]> =>
  (await readFile(file, 'utf8').catch(() => '')).split(/\s+/);

/** Version 2 hands the controller on to groups only by request. */
async function hierarchyIn(mount: string): Promise<Hierarchy> {
  if (!(await words(join(mount, 'cgroup.controllers'))).includes('cpu')) return V1(join(mount, 'cpu'));
  if (!(await words(join(mount, 'cgroup.subtree_control'))).includes('cpu'))
    await writeFile(join(mount, 'cgroup.subtree_control'), '+cpu');
  return V2(mount);
}

const usedMs = async (pid: number): Promise<number> =>
  parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))?.cpuMs ?? 0;

/** G1. A group that holds a process cannot be removed. */
async function strikeEmpty(base: string): Promise<void> {
  const left = (await readdir(base)).filter((name) => name.startsWith(PREFIX));
  await Promise.all(left.map((name) => rmdir(join(base, name)).catch(() => undefined)));
}

/**
 * @param mount of the control groups
 * @throws Error with a sentence that says why this machine, or this user, cannot limit (G2)
 */
export async function findCpuGroups(mount = '/sys/fs/cgroup'): Promise<CpuGroups> {
  try {
    const { base, files } = await hierarchyIn(mount);
    await strikeEmpty(base);
    const folderOf = (name: string): string => join(base, `${PREFIX}${name}`);
    const probe = folderOf(`probe-${process.pid}`);
    await mkdir(probe);
    await rmdir(probe);
    return {
      limit: async (name, { pid, cores }) => {
        const folder = folderOf(name);
        await mkdir(folder, { recursive: true });
        for (const [file, text] of files(cores)) await writeFile(join(folder, file), text);
        await writeFile(join(folder, 'cgroup.procs'), String(pid));
      },
      usedMs,
      release: (name) => rmdir(folderOf(name)).catch(() => undefined),
    };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(
      `CPU time cannot be limited here: control groups need Linux and a user who may make them (${said})`,
      {
        cause: error,
      },
    );
  }
}
