/**
 * Where Postgres runs and as whom. Postgres refuses root, so under root it runs as the owner of its data folder, or as
 * `nobody`. When that user cannot reach the folder or the binaries (a clone under /root, mode 700), both get a place
 * outside, noted beside the data folder's usual place.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { binariesIn, type PostgresBinaries } from './postgres-binaries.ts';
import { StackError } from './stack-error.ts';

const run = promisify(execFile);

/** For `spawn` and `execFile`: empty means whoever runs this. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

export interface PostgresPlace {
  readonly dataDir: string;
  readonly binaries: PostgresBinaries;
  readonly identity: Identity;
}

/** Folders outside of a home, in order of preference; the second one for systems without /var/lib. */
const OUTSIDE = ['/var/lib', '/usr/local/var', '/var/tmp'];

const noteOf = (dataDir: string): string => `${dataDir}.place`;

/** Decides place and user for a data folder. @throws StackError when no place is reachable. */
export async function placePostgres(dataDir: string, binaries: PostgresBinaries): Promise<PostgresPlace> {
  if (process.getuid?.() !== 0) return { dataDir, binaries, identity: {} };
  const noted = await readFile(noteOf(dataDir), 'utf8').catch(() => undefined);
  if (noted === undefined && (await reachable(dirname(dataDir))) && (await reachable(binaries.folder)))
    return { dataDir, binaries, identity: await unprivileged(dataDir) };
  const outside = noted?.trim() ?? (await outsideFolder(dataDir));
  if (noted === undefined) await writeFile(noteOf(dataDir), `${outside}\n`);
  const moved = join(outside, 'data');
  return {
    dataDir: moved,
    binaries: (await reachable(binaries.folder)) ? binaries : await copyBinaries(binaries, outside),
    identity: await unprivileged(moved),
  };
}

/** Deletes a cluster wherever it is. Nothing may run in it. */
export async function removePostgres(dataDir: string): Promise<void> {
  const outside = await readFile(noteOf(dataDir), 'utf8').catch(() => undefined);
  if (outside !== undefined && /\/atlas-postgres-[0-9a-f]{12}$/.test(outside.trim()))
    await rm(outside.trim(), { recursive: true, force: true });
  await rm(noteOf(dataDir), { force: true });
  await rm(dataDir, { recursive: true, force: true });
}

/** Whether any user may walk into the folder. */
async function reachable(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined);
    if (found && (found.mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

async function outsideFolder(dataDir: string): Promise<string> {
  const name = `atlas-postgres-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  for (const base of OUTSIDE) {
    if (!(await stat(base).catch(() => undefined)) || !(await reachable(base))) continue;
    const folder = join(base, name);
    await mkdir(folder, { mode: 0o755 }).catch(() => undefined);
    if (await isOnlyOurs(folder)) return folder;
  }
  throw new StackError(
    `as root, Postgres runs as "nobody", who cannot reach ${dataDir}; set ATLAS_HOME to a folder outside /root`,
  );
}

/** A folder of root's that nobody else may write to: in /var/tmp, anybody may have made one of that name before. */
async function isOnlyOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found !== undefined && found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
}

/** Copies once per version; an interrupted copy is never used. */
async function copyBinaries(from: PostgresBinaries, outside: string): Promise<PostgresBinaries> {
  const target = join(outside, `binaries-${from.version}`);
  if (!(await stat(target).catch(() => undefined))) {
    const aside = `${target}.${process.pid}`;
    await cp(from.folder, aside, { recursive: true, dereference: true });
    await rename(aside, target);
  }
  return binariesIn(target, from.version);
}

async function unprivileged(dataDir: string): Promise<Identity> {
  const there = await stat(dataDir).catch(() => undefined);
  if (there && there.uid !== 0) return { uid: there.uid, gid: there.gid };
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'nobody'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}
