import {
  ACQUIRER_SETTINGS,
  BUNDLE_SETTINGS,
  HOST_SETTINGS,
  databaseSettings,
  loadConfig,
  type ConfigOf,
} from '@atlas/platform-config';
import { shopContracts } from '@atlas/shop-contract';
import type { EdgeAddress } from './edge/edge-listener.ts';

const SETTINGS = { ...HOST_SETTINGS, ...BUNDLE_SETTINGS, ...ACQUIRER_SETTINGS };
export type AppConfig = ConfigOf<typeof SETTINGS>;

export const MODULES = shopContracts.map(({ module }) => module);

/** @throws ConfigError naming every key at fault. */
export const loadAppConfig = (env: NodeJS.ProcessEnv): AppConfig =>
  loadConfig({ ...SETTINGS, ...databaseSettings(MODULES) }, env);

/**
 * Where the edge listens: the inherited socket when there is one, else a port.
 * @throws Error naming both keys when neither is set.
 */
export function edgeAddress(config: AppConfig): EdgeAddress {
  if (config.ATLAS_EDGE_FD !== undefined) return { fd: config.ATLAS_EDGE_FD };
  if (config.ATLAS_EDGE_PORT === undefined)
    throw new Error('ATLAS_EDGE_FD or ATLAS_EDGE_PORT must say where the edge listens');
  return { host: config.ATLAS_EDGE_HOST, port: config.ATLAS_EDGE_PORT };
}
