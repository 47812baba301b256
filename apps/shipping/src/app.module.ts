import { ShippingModule } from '@atlas/shipping-module';
import { Module, type DynamicModule } from '@nestjs/common';

/** The shipping service: this module alone. */
@Module({})
export class AppModule {
  static of(): DynamicModule {
    return { module: AppModule, imports: [ShippingModule] };
  }
}
