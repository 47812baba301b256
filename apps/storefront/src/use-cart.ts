import { useSyncExternalStore } from 'react';
import { currentCart, setQuantity } from './api/shop.ts';
import { CartModel, type CartView } from './cart-model.ts';

/** The one cart of this page. */
export const cart = new CartModel({ load: currentCart, setQuantity });

export const useCart = (): CartView & { readonly count: number } => {
  const view = useSyncExternalStore(cart.subscribe, cart.view);
  const count = view.cart?.items.reduce((sum, line) => sum + line.quantity, 0) ?? 0;
  return { ...view, count };
};
