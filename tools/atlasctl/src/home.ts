import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { controlUrlOf, readRunFile, runFilePath, type RunFile } from '@atlas/platform-stack';
import { CommandError, EXIT } from './exit-codes.ts';

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The folder of the stack that is meant: ATLAS_HOME, else `.atlas` in the nearest folder upwards that has one. */
export async function findHome(
  env: Readonly<Record<string, string | undefined>>,
  from: string,
): Promise<string | undefined> {
  if (env['ATLAS_HOME']) return resolve(from, env['ATLAS_HOME']);
  let nearest: string | undefined;
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const candidate = join(folder, '.atlas');
    if (await exists(runFilePath(candidate))) return candidate;
    if (nearest === undefined && (await exists(candidate))) nearest = candidate;
    if (dirname(folder) === folder) return nearest;
  }
}

export interface Home {
  readonly home: string;
  readonly run: RunFile;
}

/** @throws CommandError with one clear line when nothing runs. */
export async function openHome(
  env: Readonly<Record<string, string | undefined>>,
  from: string,
): Promise<Home> {
  const home = await findHome(env, from);
  const run = home === undefined ? undefined : await readRunFile(home);
  if (home === undefined || run === undefined) {
    const where = home ?? `${join(from, '.atlas')} or above`;
    throw new CommandError(`nothing runs in ${where}; start it with \`npm start\``, EXIT.error);
  }
  if (run.controlUrl === '')
    throw new CommandError(
      `no switcher runs in ${home} yet: it starts, or cannot (atlasctl doctor)`,
      EXIT.error,
    );
  return { home, run };
}

/** Where the switcher that leads now is asked; the last known address when the run file cannot be read. */
export async function leaderAddress({ home, run }: Home): Promise<string> {
  return controlUrlOf(home).catch(() => run.controlUrl);
}

/** @throws CommandError when this stack has no brain. */
export async function brainAddress({ home, run }: Home): Promise<string> {
  const url = (await readRunFile(home).catch(() => run))?.brainUrl;
  if (url) return url;
  throw new CommandError('no brain runs here: `npm start -- --idle` has one', EXIT.error);
}
