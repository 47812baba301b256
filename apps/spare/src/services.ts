/** Every service that a spare can become, as its own app would start it. */
import { CartModule } from '@atlas/cart-module';
import { CatalogModule } from '@atlas/catalog-module';
import {
  ACQUIRER_SETTINGS,
  HOST_SETTINGS,
  databaseSettings,
  loadConfig,
  type HostConfig,
} from '@atlas/platform-config';
import { bootHost, type Become } from '@atlas/platform-host';
import { PaymentModule } from '@atlas/payment-module';
import { ShippingModule } from '@atlas/shipping-module';
import { shopContracts, type ShopModule } from '@atlas/shop-contract';
import { Module, type DynamicModule, type Type } from '@nestjs/common';

@Module({})
class SpareModule {
  static of(business: DynamicModule | Type): DynamicModule {
    return { module: SpareModule, imports: [business] };
  }
}

const service =
  <Config extends HostConfig>(
    module: ShopModule,
    load: (env: NodeJS.ProcessEnv) => Config,
    business: (config: Config) => DynamicModule | Type,
  ): Become =>
  (logFile) =>
    bootHost({
      kind: 'service',
      modules: [module],
      contracts: shopContracts,
      loadConfig: load,
      app: (config) => SpareModule.of(business(config)),
      logFile,
    });

const plain =
  (module: ShopModule) =>
  (env: NodeJS.ProcessEnv): HostConfig =>
    loadConfig({ ...HOST_SETTINGS, ...databaseSettings([module]) }, env);

const withBank = (module: ShopModule) => (env: NodeJS.ProcessEnv) =>
  loadConfig({ ...HOST_SETTINGS, ...ACQUIRER_SETTINGS, ...databaseSettings([module]) }, env);

export const SERVICES: Readonly<Record<ShopModule, Become>> = {
  catalog: service('catalog', plain('catalog'), () => CatalogModule),
  cart: service('cart', plain('cart'), () => CartModule.register()),
  payment: service('payment', withBank('payment'), (config) =>
    PaymentModule.register({
      acquirerUrl: config.ATLAS_ACQUIRER_URL,
      acquirerToken: config.ATLAS_ACQUIRER_TOKEN,
    }),
  ),
  shipping: service('shipping', plain('shipping'), () => ShippingModule),
};
