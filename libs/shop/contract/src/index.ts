import { cartContract } from '@atlas/cart-contract';
import { catalogContract } from '@atlas/catalog-contract';
import type { Contract } from '@atlas/coupling-runtime';
import { paymentContract } from '@atlas/payment-contract';
import { shippingContract } from '@atlas/shipping-contract';

/** Every contract of the shop. Each of its hosts knows them all: their common hash tells whether hosts fit together. */
export const shopContracts = [
  catalogContract,
  cartContract,
  paymentContract,
  shippingContract,
] as const satisfies readonly Contract[];

/** A module's name. Lists that are to have something for each module are records of these, and do not compile with one missing. */
export type ShopModule = (typeof shopContracts)[number]['module'];
