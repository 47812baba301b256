/**
 * One set-up at a time in a repository.
 *
 * L1  The holder renews the file each second; it is stale when the holder is gone or has not renewed for 15 s.
 * L2  A stale file is only removed by the holder of a mark beside it, which looks again first: of two that find it, the
 *     later one would else take away the lock that the earlier one has made meanwhile.
 * L3  Nobody gives back a lock that another one holds by now.
 */
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SetupError, say } from './say.mjs';

const STALE_MS = 15_000;

/** @returns {Promise<boolean>} whether this process made the file */
async function create(path) {
  const file = await open(path, 'wx', 0o600).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
  if (!file) return false;
  try {
    await file.writeFile(String(process.pid));
    return true;
  } catch (error) {
    await rm(path, { force: true }); // on a full disk it was made, but not written
    throw error;
  } finally {
    await file.close();
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
export async function removeStale(path) {
  const mark = `${path}.takeover`;
  if (!(await create(mark))) {
    if ((await holder(mark)) === 'stale') await rm(mark, { force: true });
    return;
  }
  try {
    if ((await holder(path)) === 'stale') await rm(path, { force: true });
  } finally {
    await rm(mark, { force: true });
  }
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
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT')
      throw new SetupError(`the disk is full: nothing can be written in ${folder}`);
    throw error;
  }
  const renew = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, 1_000);
  try {
    return await work();
  } finally {
    clearInterval(renew);
    const ours = (await readFile(path, 'utf8').catch(() => '')) === String(process.pid);
    if (ours) await rm(path, { force: true }); // a machine that slept for long has lost it to somebody else
  }
}
