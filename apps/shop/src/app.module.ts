import { CartModule } from '@atlas/cart-module';
import { CatalogModule } from '@atlas/catalog-module';
import { PaymentModule } from '@atlas/payment-module';
import { ShippingModule } from '@atlas/shipping-module';
import { Module, type DynamicModule } from '@nestjs/common';
import type { AppConfig } from './app.config.ts';

/** The bundle: every module, in every layout. */
@Module({})
export class AppModule {
  static of(config: AppConfig): DynamicModule {
    const payment = PaymentModule.register({
      acquirerUrl: config.ATLAS_ACQUIRER_URL,
      acquirerToken: config.ATLAS_ACQUIRER_TOKEN,
    });
    return { module: AppModule, imports: [CatalogModule, CartModule.register(), payment, ShippingModule] };
  }
}
