import 'reflect-metadata';
import { bootHost } from '@atlas/platform-host';
import { shopContracts } from '@atlas/shop-contract';
import { MODULES, loadAppConfig } from './app.config.ts';
import { AppModule } from './app.module.ts';
import { shopEdge } from './shop-edge.ts';

await bootHost({
  kind: 'bundle',
  modules: MODULES,
  contracts: shopContracts,
  loadConfig: loadAppConfig,
  app: AppModule.of,
  edge: shopEdge,
  eventLogUrl: (config) => config.ATLAS_EVENT_LOG_URL,
});
