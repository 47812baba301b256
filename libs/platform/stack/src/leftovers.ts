/** What a killed supervisor may have left. Its lifeline ends nearly everything; this makes sure. */
import { goneWithin, isAlive, signalProcess, type ProcessIdentity } from './process-identity.ts';
import { readRunFile, removeRunFile, type ProcessRow } from './run-file.ts';

/** How long the lifeline's work is awaited before anything is signalled. */
const LIFELINE_MS = 2_000;
const KILL_MS = 3_000;

/** Waits until all are gone, then kills exactly those (pid and start time) that still live. Resolves to those killed. */
export async function endProcesses(
  processes: readonly ProcessIdentity[],
  withinMs = LIFELINE_MS,
): Promise<readonly ProcessIdentity[]> {
  const until = performance.now() + withinMs;
  const rest: ProcessIdentity[] = [];
  for (const identity of processes) {
    if (!(await goneWithin(identity, Math.max(0, until - performance.now())))) rest.push(identity);
  }
  for (const identity of rest) await signalProcess(identity, 'SIGKILL');
  await Promise.all(rest.map((identity) => goneWithin(identity, KILL_MS)));
  return rest;
}

/** Apps of the foundation; every other row of the run file stands on it. */
const FOUNDATION = ['stack', 'postgres', 'acquirer'];

/** Switcher and hosts, as the run file names them. */
export async function upperRows(home: string): Promise<readonly ProcessRow[]> {
  const rows = (await readRunFile(home).catch(() => undefined))?.processes ?? [];
  return rows.filter(({ app }) => !FOUNDATION.includes(app));
}

/**
 * Ends what the run file of an earlier supervisor names and still lives, then removes the file. Postgres is left to
 * its own start, which ends an earlier one in order. Only under the stack's lock. Resolves to the number ended.
 */
export async function endLeftovers(home: string): Promise<number> {
  const before = await readRunFile(home).catch(() => undefined);
  const rows = (before?.processes ?? []).filter((row) => row.app !== 'postgres' && row.pid !== process.pid);
  const living = await Promise.all(rows.map((row) => isAlive(row)));
  const left = rows.filter((_, i) => living[i]);
  await endProcesses(left);
  await removeRunFile(home);
  return left.length;
}
