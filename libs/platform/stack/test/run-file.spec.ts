import { lstat, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRunFile, removeRunFile, runFilePath, strikeRow, updateRunFile } from '../src/run-file.ts';
import { tryLock } from '../src/file-lock.ts';
import { isAlive, ownIdentity, processStartTime, signalProcess } from '../src/process-identity.ts';

let home: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'atlas-run-file-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

/** A writer in a process of its own that adds `rows` rows, one update each. */
function writer(name: string, rows: number): ChildProcess {
  const child = fork(join(import.meta.dirname, 'run-file-writer.ts'), [home, name, String(rows)]);
  children.push(child);
  return child;
}

test('concurrent writers in several processes lose no row of each other', async () => {
  const writers = ['a', 'b', 'c'].map((name) => writer(name, 12));
  const exits = await Promise.all(writers.map((child) => once(child, 'exit')));
  expect(exits.map(([code]) => code as number)).toEqual([0, 0, 0]);
  const rows = (await readRunFile(home))?.processes ?? [];
  expect(new Set(rows.map((row) => row.instance)).size).toBe(36);
});

test('the file is private, whole, and leaves nothing beside it', async () => {
  await updateRunFile(home, (document) => ({ ...document, operatorToken: 'secret' }));
  expect((await stat(runFilePath(home))).mode & 0o777).toBe(0o600);
  expect(await readdir(home)).toEqual(['run.json']);
  await removeRunFile(home);
  expect(await readRunFile(home)).toBeUndefined();
});

test('rows of an app are struck off, and a run file that is gone stays so', async () => {
  const row = { app: 'cart', pid: 1, instance: 'cart-0', rpc: null, startTime: 'x' };
  const other = { ...row, app: 'shop', instance: 'shop-0' };
  await updateRunFile(home, (document) => ({ ...document, processes: [row, other] }));
  await strikeRow(home, 'cart');
  expect((await readRunFile(home))?.processes).toEqual([other]);
  await removeRunFile(home);
  await strikeRow(home, 'shop');
  expect(await readRunFile(home)).toBeUndefined();
});

test('a run file that cannot be read now is left as it is: whoever takes it for empty loses the rows of others', async () => {
  const path = runFilePath(home);
  await symlink(path, path);
  await expect(updateRunFile(home, (document) => document)).rejects.toThrow(/ELOOP/);
  expect((await lstat(path)).isSymbolicLink()).toBe(true);
});

test('a broken run file is refused to readers and replaced by the next writer', async () => {
  await writeFile(runFilePath(home), '{"edgeUrl":');
  await expect(readRunFile(home)).rejects.toThrow(/not a run file/);
  await updateRunFile(home, (document) => ({ ...document, edgeUrl: 'http://127.0.0.1:1' }));
  expect((await readRunFile(home))?.edgeUrl).toBe('http://127.0.0.1:1');
});

test('the lock of a killed writer is taken over, that of a living one is not', async () => {
  const holder = writer('holder', -1);
  await once(holder, 'message');
  const path = `${runFilePath(home)}.lock`;
  expect(await tryLock(path)).toMatchObject({ outcome: 'busy', owner: { pid: holder.pid } });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const attempt = await tryLock(path);
  expect(attempt).toMatchObject({ outcome: 'held', tookOver: true });
  expect(await tryLock(path)).toMatchObject({ outcome: 'busy', owner: { pid: process.pid } });
});

test('of many that find the same stale lock exactly one gets it', async () => {
  const path = join(home, 'lock');
  await writeFile(path, JSON.stringify({ pid: process.pid, startTime: 'another life' }));
  const attempts = await Promise.all(Array.from({ length: 12 }, () => tryLock(path)));
  const held = attempts.filter((attempt) => attempt.outcome === 'held');
  expect(held.length).toBeLessThanOrEqual(1);
  if (held.length === 0) expect((await tryLock(path)).outcome).toBe('held');
  expect((await tryLock(path)).outcome).toBe('busy');
});

test('a process is known by pid and start time, and never signalled when one differs', async () => {
  const own = await ownIdentity();
  expect(await isAlive(own)).toBe(true);
  expect(await processStartTime(own.pid)).toBe(own.startTime);
  expect(await signalProcess({ ...own, startTime: 'another life' }, 'SIGKILL')).toBe(false);
  expect(await processStartTime(2 ** 30)).toBeUndefined();
});
