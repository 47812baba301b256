/**
 * `.atlas/run.json`: what runs in this folder now. The supervisor and the switcher write it, each its own rows; tests,
 * `atlasctl` and outside harnesses read it.
 *
 * R1  Whoever writes holds `run.json.lock` from reading to renaming: no row of another writer is lost.
 * R2  A reader sees a whole document, old or new. Mode 0600: it holds the operator's token.
 * R3  A row is removed by the one who wrote it, once its process has ended.
 */
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './file-lock.ts';
import { replaceFile } from './private-file.ts';

export const ProcessRow = Type.Object({
  /** Folder name of the app (`cart`, `switcher`, `acquirer`, `stack`) or `postgres`. */
  app: Type.String({ minLength: 1 }),
  /** The serving process. */
  pid: Type.Integer({ minimum: 1 }),
  /** `cart-0`; the app's name when there is only ever one. */
  instance: Type.String({ minLength: 1 }),
  /** `127.0.0.1:PORT` of a host's RPC listener; null for a process without one. */
  rpc: Type.Union([Type.String(), Type.Null()]),
  /** `processStartTime(pid)`: only a process that matches both may be signalled. */
  startTime: Type.String(),
  /** Hosts only. */
  metricsUrl: Type.Optional(Type.String()),
});

export const RunFile = Type.Object({
  edgeUrl: Type.String(),
  /** Of the switcher that leads, or led last; it writes it. Empty before the first. URLs carry no trailing slash. */
  controlUrl: Type.String(),
  operatorToken: Type.String(),
  /** Of the brain, which writes it; absent in a stack without one. */
  brainUrl: Type.Optional(Type.String()),
  acquirerUrl: Type.String(),
  postgresUrl: Type.String(),
  /** One row per live process. */
  processes: Type.Array(ProcessRow),
});

export type ProcessRow = Static<typeof ProcessRow>;
export type RunFile = Static<typeof RunFile>;

export const runFilePath = (home: string): string => join(home, 'run.json');

const EMPTY: RunFile = {
  edgeUrl: '',
  controlUrl: '',
  operatorToken: '',
  acquirerUrl: '',
  postgresUrl: '',
  processes: [],
};

/** What runs in this folder; undefined when nothing does (no file). @throws Error when the file is not a run file. */
export async function readRunFile(home: string): Promise<RunFile | undefined> {
  const path = runFilePath(home);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const read = parse(text);
  if (!read) throw new Error(`${path} is not a run file of this version; remove it when nothing runs`);
  return read;
}

function parse(text: string): RunFile | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(RunFile, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The control API of the switcher that leads now, as the run file names it. @throws Error when it names none. */
export async function controlUrlOf(home: string): Promise<string> {
  const controlUrl = (await readRunFile(home))?.controlUrl;
  if (!controlUrl) throw new Error(`no switcher runs in ${home}`);
  return controlUrl;
}

/** R1: one that cannot be read now, e.g. for want of a descriptor, has rows all the same. */
function broken(error: NodeJS.ErrnoException): undefined {
  if (error.code !== undefined) throw error;
}

/**
 * Reads, changes and rewrites the run file (R1, R2); an absent or broken one counts as empty. What `change` throws
 * leaves it as it was. Resolves to the new document, after it is on disk.
 * @throws Error when the lock stays busy for `withinMs`, 10 s by default; the file system's when it cannot be read.
 */
export async function updateRunFile(
  home: string,
  change: (document: RunFile) => RunFile,
  withinMs = 10_000,
): Promise<RunFile> {
  return withLock(`${runFilePath(home)}.lock`, withinMs, async () => {
    const before = await readRunFile(home).catch(broken);
    const after = change(structuredClone(before ?? EMPTY));
    await replaceFile(runFilePath(home), `${JSON.stringify(after, undefined, 2)}\n`);
    return after;
  });
}

/** Removes the rows of an app that has ended (R3); a run file that is gone already is not made anew. */
export async function strikeRow(home: string, app: string): Promise<void> {
  await withLock(`${runFilePath(home)}.lock`, 10_000, async () => {
    const document = await readRunFile(home).catch(() => undefined);
    if (document === undefined) return;
    const processes = document.processes.filter((row) => row.app !== app);
    await replaceFile(runFilePath(home), `${JSON.stringify({ ...document, processes }, undefined, 2)}\n`);
  });
}

/** Says that nothing runs here any more. */
export async function removeRunFile(home: string): Promise<void> {
  const remove = (): Promise<void> => rm(runFilePath(home), { force: true });
  // A lock takes space, which there may be none of; and all other writers have ended.
  await withLock(`${runFilePath(home)}.lock`, 10_000, remove).catch(remove);
}
