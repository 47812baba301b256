/**
 * A lock file that survives nobody: it names its owner, and a dead owner's lock is taken over.
 *
 * F1  The file appears whole or not at all (written aside, then hard-linked into place).
 * F2  It is stale exactly when its owner (pid and start time) no longer lives; age says nothing.
 * F3  A stale file is only removed by the holder of the take-over mark, which looks again first: two that see the
 *     same stale lock can never both get it.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

export interface FileLock {
  /** Gives the lock back; harmless when called twice. */
  release(): Promise<void>;
}

/** The outcome of one attempt: the lock, or who holds it. */
export type LockAttempt =
  | { readonly outcome: 'held'; readonly lock: FileLock; readonly tookOver: boolean }
  | { readonly outcome: 'busy'; readonly owner: ProcessIdentity };

/** One attempt, without waiting. @throws the file system's error when the folder cannot be written. */
export async function tryLock(path: string): Promise<LockAttempt> {
  const created = await create(path);
  if (created) return { outcome: 'held', lock: created, tookOver: false };
  const owner = await ownerOf(path);
  if (owner && (await isAlive(owner))) return { outcome: 'busy', owner };
  await removeStale(path);
  const taken = await create(path);
  if (taken) return { outcome: 'held', lock: taken, tookOver: true };
  return { outcome: 'busy', owner: (await ownerOf(path)) ?? { pid: 0, startTime: '' } };
}

/**
 * Runs `work` under the lock, waiting for others at most `withinMs`.
 * @throws Error naming the file and its owner when it stays busy.
 */
export async function withLock<T>(path: string, withinMs: number, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + withinMs;
  for (let pause = 2; ; pause = Math.min(pause * 2, 40)) {
    const attempt = await tryLock(path);
    if (attempt.outcome === 'held') {
      try {
        return await work();
      } finally {
        await attempt.lock.release();
      }
    }
    if (performance.now() >= until) throw new Error(`${path} is held by process ${attempt.owner.pid}`);
    await wait(pause + Math.random() * pause);
  }
}

/** F1. Undefined when the file is there already. */
async function create(path: string): Promise<FileLock | undefined> {
  const content = JSON.stringify({ ...(await ownIdentity()), id: randomBytes(8).toString('hex') });
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(aside, content, { mode: 0o600 });
    await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    await unlink(aside).catch(() => undefined); // on a full disk it was made, but not written
  }
  const release = async (): Promise<void> => {
    if ((await readFile(path, 'utf8').catch(() => '')) === content) await unlink(path).catch(() => undefined);
  };
  return { release };
}

function ownerIn(text: string): ProcessIdentity | undefined {
  try {
    const { pid, startTime } = JSON.parse(text) as ProcessIdentity;
    return { pid, startTime };
  } catch {
    return undefined;
  }
}

const ownerOf = async (path: string): Promise<ProcessIdentity | undefined> =>
  ownerIn(await readFile(path, 'utf8').catch(() => ''));

/** F2. A file that is gone is not stale: the next one to be there may be another's, and alive. */
async function isStale(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const owner = ownerIn(text);
  return !owner || !(await isAlive(owner));
}

/** F3. */
async function removeStale(path: string): Promise<void> {
  const mark = `${path}.takeover`;
  const held = await create(mark);
  if (!held) {
    if (await isStale(mark)) await unlink(mark).catch(() => undefined);
    return;
  }
  try {
    if (await isStale(path)) await unlink(path).catch(() => undefined);
  } finally {
    await held.release();
  }
}
