import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpawnedProcess, SpawnOptions } from '../ports/operating-system.ts';

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

/** The whole environment of a host. */
function environment({
  recipe,
  instance,
  nonce,
  lifelineFd,
  edgeFd,
}: Omit<SpawnOptions, 'logsDir'>): Record<string, string> {
  const own = Object.fromEntries(
    PASSED_ON.flatMap((key) => {
      const value = process.env[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const env: Record<string, string> = { ...own, ...recipe.env, ATLAS_INSTANCE: instance, ATLAS_NONCE: nonce };
  delete env.ATLAS_LIFELINE_FD;
  delete env.ATLAS_EDGE_FD;
  if (lifelineFd !== undefined) env.ATLAS_LIFELINE_FD = '3';
  if (edgeFd !== undefined) env.ATLAS_EDGE_FD = '4';
  return env;
}

const logFileOf = ({ logsDir, instance }: Pick<SpawnOptions, 'logsDir' | 'instance'>): string =>
  join(logsDir, `${instance}.log`);

/**
 * Spawns a host in a session of its own, so that it outlives this switcher; the lifeline, not the parent, ends it.
 * Undefined when `mayStill` says no. @throws Error when the process cannot be created.
 */
export async function spawnHost(options: SpawnOptions): Promise<(ChildProcess & SpawnedProcess) | undefined> {
  await mkdir(options.logsDir, { recursive: true });
  const log = await open(logFileOf(options), 'a', 0o600);
  try {
    if (!options.mayStill()) return undefined;
    const child = spawn(process.execPath, [options.recipe.main], {
      detached: true,
      env: environment(options),
      stdio: [
        'ignore',
        log.fd,
        log.fd,
        options.lifelineFd ?? 'ignore',
        options.edgeFd ?? 'ignore',
        ...(options.onBlank ? (['ipc'] as const) : []),
      ],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    child.channel?.unref();
    if (options.onBlank === undefined) return child;
    child.once('message', options.onBlank);
    return Object.assign(child, {
      become: (app: string, as: SpawnOptions): void => {
        child.send({ app, env: environment(as), logFile: logFileOf(as) }, () => undefined);
      },
      dismiss: (): void => {
        if (child.connected) child.disconnect();
      },
    });
  } finally {
    await log.close();
  }
}
