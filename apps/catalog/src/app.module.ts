import { CatalogModule } from '@atlas/catalog-module';
import { Module, type DynamicModule } from '@nestjs/common';

/** The catalog service: this module alone. */
@Module({})
export class AppModule {
  static of(): DynamicModule {
    return { module: AppModule, imports: [CatalogModule] };
  }
}
