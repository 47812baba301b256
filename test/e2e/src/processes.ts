/** Processes of a run, told from all others by the folder that they run in. */
import { readRunFile, signalProcess, type ProcessRow } from '@atlas/platform-stack';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Rows of the run file; none when there is no file. */
export async function rowsOf(home: string): Promise<readonly ProcessRow[]> {
  return (await readRunFile(home))?.processes ?? [];
}

/** The row of an instance (`cart-0`, `postgres`, `switcher`). @throws Error when there is none. */
export async function rowOf(home: string, instance: string): Promise<ProcessRow> {
  const rows = await rowsOf(home);
  const row = rows.find((one) => one.instance === instance);
  if (!row) throw new Error(`no row of ${instance}, only ${rows.map((one) => one.instance).join(', ')}`);
  return row;
}

/** SIGKILL to exactly this process. @throws Error when it is gone already. */
export async function kill(row: ProcessRow): Promise<void> {
  if (!(await signalProcess(row, 'SIGKILL'))) throw new Error(`${row.instance} (${row.pid}) is gone already`);
}

/** Instance → pid of all hosts: what must not change when hosts are said to go on. */
export async function hostPids(home: string): Promise<Readonly<Record<string, number>>> {
  const hosts = (await rowsOf(home)).filter(({ rpc }) => rpc !== null);
  return Object.fromEntries(hosts.map(({ instance, pid }) => [instance, pid]).sort());
}

/** A process that belongs to a run. */
export interface RunProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * Every living process with this folder in its command line or (Linux) environment, whether any file names it or not;
 * not this process and not its own parents.
 */
export async function processesIn(home: string): Promise<readonly RunProcess[]> {
  const found = process.platform === 'linux' ? await fromProc(home) : await fromPs(home);
  return found.filter(({ pid }) => pid !== process.pid && pid !== process.ppid);
}

async function fromProc(home: string): Promise<RunProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const texts = await Promise.all(
    pids.map(async (pid) => {
      const [command, environment] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      return { pid, command: (command ?? '').replaceAll('\0', ' ').trim(), environment: environment ?? '' };
    }),
  );
  return texts
    .filter(({ command, environment }) => command.includes(home) || environment.includes(home))
    .map(({ pid, command }) => ({ pid, command }));
}

async function fromPs(home: string): Promise<RunProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,command=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(home))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+\s+/, '') }));
}
