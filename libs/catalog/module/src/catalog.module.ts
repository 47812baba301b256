import { MODULE_REGISTRY, type ModuleRegistry } from '@atlas/coupling-runtime';
import {
  DatabaseModule,
  databaseToken,
  type Database,
  type Entity,
  type Migration,
} from '@atlas/platform-database';
import { Inject, Module } from '@nestjs/common';
import { Catalog } from './adapters/catalog.migration.ts';
import { FreshProductStore } from './adapters/fresh-product-store.ts';
import { PostgresProductStore } from './adapters/postgres-product-store.ts';
import { PostgresStockLedger } from './adapters/postgres-stock-ledger.ts';
import { ProductEntity } from './adapters/product.entity.ts';
import { ReservationEntity } from './adapters/reservation.entity.ts';
import { catalogHandlers } from './catalog.handlers.ts';

/** For the migration and for TypeORM. */
export const catalogEntities: readonly Entity[] = [ProductEntity, ReservationEntity];
export const catalogMigrations: readonly Migration[] = [Catalog];

/** Products and stock. Needs `DatabaseModule.forHost` and a `MODULE_REGISTRY` in the host. */
@Module({ imports: [DatabaseModule.forModule('catalog', catalogEntities)] })
export class CatalogModule {
  constructor(
    @Inject(databaseToken('catalog')) database: Database,
    @Inject(MODULE_REGISTRY) registry: ModuleRegistry,
  ) {
    const products = new FreshProductStore(new PostgresProductStore(database));
    registry.register(catalogHandlers(products, new PostgresStockLedger(database)));
  }
}
