/** What a checkout request meets: its own earlier order, somebody else's, or a cart to order. Pure. */
import type { Cart } from './cart.ts';

export interface CheckoutRequest {
  readonly sessionId: string;
  readonly cartId: string;
  /** The cart's version that the customer saw; undefined: whatever it is. */
  readonly version: number | undefined;
  /** The client's idempotency key. */
  readonly key: string;
  /** Hash of the whole request. */
  readonly bodyHash: string;
  /** Hash of how it is paid and where it goes. */
  readonly detailsHash: string;
}

/** What is written down about it, read under the cart's lock. */
export interface Findings<O> {
  /** The key's earlier use. */
  readonly known: { readonly bodyHash: string; readonly order: O } | undefined;
  readonly cart: Cart | undefined;
  /** The cart's order that is not over: of its present version, or of an earlier one whose money may yet be taken. */
  readonly live:
    { readonly cartVersion: number; readonly detailsHash: string; readonly order: O } | undefined;
}

export type Entry<O> =
  | {
      readonly kind: 'refused';
      readonly code: 'cart_not_found' | 'cart_changed' | 'cart_empty';
    }
  /** The key began another order. */
  | { readonly kind: 'refused'; readonly code: 'key_conflict'; readonly order: O }
  /** The same key was used before. */
  | { readonly kind: 'replay'; readonly order: O }
  /** Another key, but the same cart version, payment and address: one purchase, asked for twice. */
  | { readonly kind: 'join'; readonly order: O }
  /** The cart is being ordered in another way, or as it was before it was changed; wait for the end of that. */
  | { readonly kind: 'occupied'; readonly order: O }
  | { readonly kind: 'start'; readonly cart: Cart };

/**
 * Decides what becomes of the request. Refusals use the key up only if an order was begun with it: after
 * `cart_changed` or `cart_empty` nothing has happened and the same key may be tried again.
 */
export function decideEntry<O>(request: CheckoutRequest, { known, cart, live }: Findings<O>): Entry<O> {
  if (known) {
    const { order } = known;
    if (known.bodyHash !== request.bodyHash) return { kind: 'refused', code: 'key_conflict', order };
    return { kind: 'replay', order };
  }
  if (!cart) return { kind: 'refused', code: 'cart_not_found' };
  if (request.version !== undefined && request.version !== cart.version)
    return { kind: 'refused', code: 'cart_changed' };
  if (live) {
    const same = live.cartVersion === cart.version && live.detailsHash === request.detailsHash;
    return { kind: same ? 'join' : 'occupied', order: live.order };
  }
  return cart.items.length === 0 ? { kind: 'refused', code: 'cart_empty' } : { kind: 'start', cart };
}
