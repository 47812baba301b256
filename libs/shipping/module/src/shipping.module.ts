import { MODULE_REGISTRY, type ModuleRegistry } from '@atlas/coupling-runtime';
import {
  DatabaseModule,
  databaseToken,
  type Database,
  type Entity,
  type Migration,
} from '@atlas/platform-database';
import { EVENT_WRITER, Inbox, type EventWriter } from '@atlas/platform-event-log';
import { Inject, Module } from '@nestjs/common';
import { PostgresShipmentStore } from './adapters/postgres-shipment-store.ts';
import { ShipmentEntity } from './adapters/shipment.entity.ts';
import { Shipping } from './adapters/shipping.migration.ts';
import { shippingHandlers } from './shipping.handlers.ts';

/** For the migration and for TypeORM. */
export const shippingEntities: readonly Entity[] = [ShipmentEntity];
export const shippingMigrations: readonly Migration[] = [Inbox, Shipping];

/** Shipments. Needs `DatabaseModule.forHost`, an `EVENT_WRITER` and a `MODULE_REGISTRY` in the host. */
@Module({ imports: [DatabaseModule.forModule('shipping', shippingEntities)] })
export class ShippingModule {
  constructor(
    @Inject(databaseToken('shipping')) database: Database,
    @Inject(EVENT_WRITER) events: EventWriter,
    @Inject(MODULE_REGISTRY) registry: ModuleRegistry,
  ) {
    registry.register(shippingHandlers(new PostgresShipmentStore(database, events)));
  }
}
