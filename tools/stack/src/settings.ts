/** What the environment tells the supervisor; everything else in `ATLAS_` is refused by name. */
import { calledFrom, defineConfig, loadConfig, PROCESS_SETTINGS } from '@atlas/platform-config';
import { BRAIN_INPUTS, repositoryRoot } from '@atlas/platform-stack';
import { join, resolve } from 'node:path';

const SETTINGS = defineConfig({
  ...PROCESS_SETTINGS,
  ...Object.fromEntries(
    BRAIN_INPUTS.map((key) => [key, { type: 'text', optional: true, describe: 'handed on to the brain' }]),
  ),
  ATLAS_HOME: { type: 'text', optional: true, describe: 'folder of all state; .atlas by default' },
  ATLAS_CHROMIUM: {
    type: 'text',
    optional: true,
    describe: 'browser of the storefront tests; not used here',
  },
});

export interface Settings {
  /** Absolute. */
  readonly home: string;
  /** Where the person stood when calling npm. */
  readonly cwd: string;
  readonly lifelineFd: number | undefined;
  readonly faults: string | undefined;
  readonly logLevel: string;
}

/** @throws ConfigError in one line. */
export function readSettings(env: Readonly<Record<string, string | undefined>>, cwd: string): Settings {
  const config = loadConfig(SETTINGS, env);
  const from = calledFrom(env, cwd);
  return {
    home:
      config.ATLAS_HOME === undefined ? join(repositoryRoot(), '.atlas') : resolve(from, config.ATLAS_HOME),
    cwd: from,
    lifelineFd: config.ATLAS_LIFELINE_FD,
    faults: config.ATLAS_FAULTS,
    logLevel: config.ATLAS_LOG_LEVEL,
  };
}
