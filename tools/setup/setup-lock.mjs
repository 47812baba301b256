/**
 * One set-up at a time in a repository.
 *
 * L1  The holder renews the file each second; it is stale when the holder is gone or has not renewed for 15 s.
 * L2  A stale file is moved aside before a new one is made, so that of two that find it only one goes on.
 */
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SetupError, say } from './say.mjs';

const STALE_MS = 15_000;

/** @returns {Promise<boolean>} whether this process made the file */
async function create(path) {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** L1. @returns {Promise<number | 'stale' | 'gone'>} the holder's pid */
async function holder(path) {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const pid = Number(text);
    if (Date.now() - mtimeMs > STALE_MS) return 'stale';
    return text !== '' && !lives(pid) ? 'stale' : pid;
  } catch {
    return 'gone';
  }
}

/** L2. */
async function removeStale(path) {
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

/**
 * Runs `work` while no other process of this repository is setting up.
 * @template T
 * @param {string} folder the repository's `.atlas`
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function underSetupLock(folder, work) {
  const path = join(folder, 'setup.lock');
  try {
    await mkdir(folder, { recursive: true });
    for (let said = false; !(await create(path));) {
      const by = await holder(path);
      if (by === 'stale') await removeStale(path);
      else if (typeof by === 'number') {
        if (!said) say(`waiting for another set-up in this folder (process ${by})`);
        said = true;
        await wait(250);
      }
    }
  } catch (error) {
    if (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'EPERM')
      throw new SetupError(`no permission to write in ${folder}`);
    throw error;
  }
  const renew = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, 1_000);
  const release = () => rm(path, { force: true });
  try {
    return await work();
  } finally {
    clearInterval(renew);
    await release();
  }
}
