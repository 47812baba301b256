import { cartContract } from '@atlas/cart-contract';
import { catalogContract } from '@atlas/catalog-contract';
import type { Contract } from '@atlas/coupling-runtime';
import { paymentContract } from '@atlas/payment-contract';
import { shippingContract } from '@atlas/shipping-contract';

/** Every contract of the shop. Each of its hosts knows them all: their common hash tells whether hosts fit together. */
export const shopContracts: readonly Contract[] = [
  catalogContract,
  cartContract,
  paymentContract,
  shippingContract,
];
