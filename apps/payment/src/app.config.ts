import {
  ACQUIRER_SETTINGS,
  HOST_SETTINGS,
  databaseSettings,
  loadConfig,
  type ConfigOf,
} from '@atlas/platform-config';

const SETTINGS = { ...HOST_SETTINGS, ...ACQUIRER_SETTINGS };
export type AppConfig = ConfigOf<typeof SETTINGS>;

/** @throws ConfigError naming every key at fault. */
export const loadAppConfig = (env: NodeJS.ProcessEnv): AppConfig =>
  loadConfig({ ...SETTINGS, ...databaseSettings(['payment']) }, env);
