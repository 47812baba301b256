import { CartModule } from '@atlas/cart-module';
import { CatalogModule } from '@atlas/catalog-module';
import { PaymentModule } from '@atlas/payment-module';
import { ShippingModule } from '@atlas/shipping-module';
import type { ShopModule } from '@atlas/shop-contract';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { AppConfig } from './app.config.ts';

/** The bundle: every module, in every layout. */
@Module({})
export class AppModule {
  static of(config: AppConfig): DynamicModule {
    const modules: Readonly<Record<ShopModule, DynamicModule | Type>> = {
      catalog: CatalogModule,
      cart: CartModule.register(),
      payment: PaymentModule.register({
        acquirerUrl: config.ATLAS_ACQUIRER_URL,
        acquirerToken: config.ATLAS_ACQUIRER_TOKEN,
      }),
      shipping: ShippingModule,
    };
    return { module: AppModule, imports: Object.values(modules) };
  }
}
