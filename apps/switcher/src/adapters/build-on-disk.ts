import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StackFile } from '@atlas/platform-stack';

/** Identity of the finished build that a bundle (`dist/<app>/main.js`) belongs to; undefined while there is none. */
async function buildOf(main: string): Promise<string | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(join(dirname(dirname(main)), 'build.json'), 'utf8'));
    const build: unknown = Reflect.get(Object(found), 'build');
    return typeof build === 'string' ? build : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Why no host may be started from what is on disk: a host must run the code of the build that the stack was started
 * with, whose name it gives to others. Null when it is the same.
 */
export async function buildObstacle({
  build,
  bundle,
  apps,
}: Pick<StackFile, 'build' | 'bundle' | 'apps'>): Promise<string | null> {
  const onDisk = await buildOf(apps[bundle]?.main ?? '');
  if (onDisk === build) return null;
  const found = onDisk === undefined ? 'on disk is unfinished' : `on disk is ${onDisk}`;
  return `the build ${found}, this stack runs ${build}: restart npm start`;
}
