import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpawnOptions } from '../ports/operating-system.ts';

/** Variables of the switcher's own environment that a host may see. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
];

function environment({ recipe, instance, nonce, lifelineFd, edgeFd }: SpawnOptions): NodeJS.ProcessEnv {
  const own = Object.fromEntries(
    PASSED_ON.flatMap((key) => {
      const value = process.env[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const env: NodeJS.ProcessEnv = { ...own, ...recipe.env, ATLAS_INSTANCE: instance, ATLAS_NONCE: nonce };
  delete env.ATLAS_LIFELINE_FD;
  delete env.ATLAS_EDGE_FD;
  if (lifelineFd !== undefined) env.ATLAS_LIFELINE_FD = '3';
  if (edgeFd !== undefined) env.ATLAS_EDGE_FD = '4';
  return env;
}

/**
 * Spawns a host in a session of its own, so that it outlives this switcher; the lifeline, not the parent, ends it.
 * @throws Error when the process cannot be created.
 */
export async function spawnHost(options: SpawnOptions): Promise<ChildProcess> {
  await mkdir(options.logsDir, { recursive: true });
  const log = await open(join(options.logsDir, `${options.instance}.log`), 'a', 0o600);
  try {
    const child = spawn(process.execPath, [options.recipe.main], {
      detached: true,
      env: environment(options),
      stdio: ['ignore', log.fd, log.fd, options.lifelineFd ?? 'ignore', options.edgeFd ?? 'ignore'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}
