import { CartModule } from '@atlas/cart-module';
import { Module, type DynamicModule } from '@nestjs/common';

/** The cart service: this module alone. */
@Module({})
export class AppModule {
  static of(): DynamicModule {
    return { module: AppModule, imports: [CartModule.register()] };
  }
}
