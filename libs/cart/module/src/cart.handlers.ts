import { cartContract } from '@atlas/cart-contract';
import { BusinessError, implement, type ModuleImplementation } from '@atlas/coupling-runtime';
import { viewOf } from './application/cart-view.ts';
import { checkOut } from './application/check-out.ts';
import { createCart } from './application/create-cart.ts';
import type { CartParts } from './application/parts.ts';
import { recoverCheckouts } from './application/recover-checkouts.ts';
import { setItem } from './application/set-item.ts';

/** Cart's operations over its parts. */
export const cartHandlers = (parts: CartParts): ModuleImplementation =>
  implement(cartContract, {
    createCart: (input, call) => createCart(parts, input, call),
    getCart: async ({ cartId, sessionId }, call) => {
      const cart = await parts.carts.find(cartId, sessionId, call);
      if (!cart) throw new BusinessError('cart_not_found');
      return viewOf(cart);
    },
    setItem: (input, call) => setItem(parts, input, call),
    checkout: (input, call) => checkOut(parts, input, call),
    getOrder: async ({ orderId, sessionId }, call) => {
      const order = await parts.orders.find(orderId, sessionId, call);
      if (!order) throw new BusinessError('order_not_found');
      return order;
    },
    listOrders: async ({ sessionId }, call) => ({ orders: await parts.orders.ofSession(sessionId, call) }),
    recoverCheckouts: (_input, call) => recoverCheckouts(parts, call),
    applyShipmentCreated: async (event, call) => ({ applied: await parts.orders.ship(event, call) }),
  });
