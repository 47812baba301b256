import type { Bounded } from '@atlas/platform-database';
import type { Cart } from '../domain/cart.ts';

export interface KeyedChange {
  readonly sessionId: string;
  readonly cartId: string;
  /** Idempotency key of the change, unique per session. */
  readonly key: string;
  /** Hash of what the change is. */
  readonly bodyHash: string;
}

export type ChangeResult<Refusal> =
  | { readonly kind: 'done'; readonly cart: Cart }
  | { readonly kind: 'refused'; readonly code: Refusal | 'cart_not_found' | 'key_conflict' | 'in_progress' };

/** Carts. A cart belongs to a session; for any other it does not exist. */
export interface CartStore {
  /** Makes the cart, or returns it when it is there. */
  create(id: string, sessionId: string, bound: Bounded): Promise<Cart>;
  find(id: string, sessionId: string, bound: Bounded): Promise<Cart | undefined>;
  /**
   * Applies `rule` under the cart's lock, at most once per key; a refusal leaves no trace.
   * A replay returns the cart as it was answered before.
   */
  change<Refusal extends string>(
    change: KeyedChange,
    rule: (cart: Cart) => Cart | Refusal,
    bound: Bounded,
  ): Promise<ChangeResult<Refusal>>;
  /** What this very change answered before; undefined when it had no effect yet. */
  answered(change: KeyedChange, bound: Bounded): Promise<Cart | undefined>;
}
