import { PaymentModule } from '@atlas/payment-module';
import { Module, type DynamicModule } from '@nestjs/common';
import type { AppConfig } from './app.config.ts';

/** The payment service: this module alone. */
@Module({})
export class AppModule {
  static of(config: AppConfig): DynamicModule {
    const payment = PaymentModule.register({
      acquirerUrl: config.ATLAS_ACQUIRER_URL,
      acquirerToken: config.ATLAS_ACQUIRER_TOKEN,
    });
    return { module: AppModule, imports: [payment] };
  }
}
