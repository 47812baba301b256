import type { cartContract } from '@atlas/cart-contract';
import type { OutputOf } from '@atlas/coupling-runtime';
import { totalOf, type Cart } from '../domain/cart.ts';

type CartView = OutputOf<(typeof cartContract)['operations']['getCart']>;

/** A cart as its owner sees it. */
export const viewOf = ({ id, items, version }: Cart): CartView => ({
  id,
  items,
  totalCents: totalOf(items),
  currency: 'EUR',
  version,
});
