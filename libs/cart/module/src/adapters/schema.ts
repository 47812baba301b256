/** What cart's schema holds, for the migration and for TypeORM. */
import type { Entity, Migration } from '@atlas/platform-database';
import { Inbox } from '@atlas/platform-event-log';
import { CartEntity } from './entities/cart.entity.ts';
import { CheckoutRequestEntity } from './entities/checkout-request.entity.ts';
import { OrderEntity } from './entities/order.entity.ts';
import { PaymentIntentEntity } from './entities/payment-intent.entity.ts';
import { Carts } from './migrations/carts.migration.ts';
import { OrdersOfSession } from './migrations/orders-of-session.migration.ts';
import { Orders } from './migrations/orders.migration.ts';
import { ShortProduct } from './migrations/short-product.migration.ts';

export const cartEntities: readonly Entity[] = [
  CartEntity,
  OrderEntity,
  PaymentIntentEntity,
  CheckoutRequestEntity,
];
export const cartMigrations: readonly Migration[] = [Inbox, Carts, Orders, OrdersOfSession, ShortProduct];
