import { catalogContract } from '@atlas/catalog-contract';
import { COUPLING, MODULE_REGISTRY, type Coupling, type ModuleRegistry } from '@atlas/coupling-runtime';
import { paymentContract } from '@atlas/payment-contract';
import { DatabaseModule, databaseToken, type Database } from '@atlas/platform-database';
import { EVENT_WRITER, type EventWriter } from '@atlas/platform-event-log';
import { Inject, Module, type DynamicModule } from '@nestjs/common';
import { PostgresCartStore } from './adapters/postgres-cart-store.ts';
import { PostgresCheckoutStore } from './adapters/postgres-checkout-store.ts';
import { PostgresOrderViews } from './adapters/postgres-order-views.ts';
import { cartEntities } from './adapters/schema.ts';
import { DEFAULT_TIMES, type CheckoutTimes } from './application/parts.ts';
import { cartHandlers } from './cart.handlers.ts';

/** Overrides of the checkout's times; see `DEFAULT_TIMES`. */
export type CartOptions = Partial<CheckoutTimes>;

const OPTIONS = Symbol('cart.options');

/** Carts, orders and the checkout. `register` once per process. */
@Module({})
export class CartModule {
  constructor(
    @Inject(OPTIONS) options: CartOptions,
    @Inject(databaseToken('cart')) database: Database,
    @Inject(EVENT_WRITER) events: EventWriter,
    @Inject(COUPLING) coupling: Coupling,
    @Inject(MODULE_REGISTRY) registry: ModuleRegistry,
  ) {
    registry.register(
      cartHandlers({
        carts: new PostgresCartStore(database),
        checkouts: new PostgresCheckoutStore(database, events),
        orders: new PostgresOrderViews(database),
        catalog: coupling.client(catalogContract, 'cart'),
        payment: coupling.client(paymentContract, 'cart'),
        times: { ...DEFAULT_TIMES, ...options },
      }),
    );
  }

  static register(options: CartOptions = {}): DynamicModule {
    return {
      module: CartModule,
      imports: [DatabaseModule.forModule('cart', cartEntities)],
      providers: [{ provide: OPTIONS, useValue: options }],
    };
  }
}
