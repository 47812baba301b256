import { HOST_SETTINGS, databaseSettings, loadConfig, type HostConfig } from '@atlas/platform-config';

/** @throws ConfigError naming every key at fault. */
export const loadAppConfig = (env: NodeJS.ProcessEnv): HostConfig =>
  loadConfig({ ...HOST_SETTINGS, ...databaseSettings(['catalog']) }, env);
