import 'reflect-metadata';
import { bootHost } from '@atlas/platform-host';
import { shopContracts } from '@atlas/shop-contract';
import { loadAppConfig } from './app.config.ts';
import { AppModule } from './app.module.ts';

await bootHost({
  kind: 'service',
  modules: ['catalog'],
  contracts: shopContracts,
  loadConfig: loadAppConfig,
  app: AppModule.of,
});
