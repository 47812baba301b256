/** A cart and its rules. Pure. */

export interface CartLine {
  readonly productId: string;
  /** At least 1. */
  readonly quantity: number;
  /** Of one piece, when the line was last set. */
  readonly priceCents: number;
}

export interface Cart {
  readonly id: string;
  /** In the order in which products were first put in. */
  readonly items: readonly CartLine[];
  /** Rises with every change. */
  readonly version: number;
}

export const MAX_LINES = 100;
/** Highest total, in cents: what the bank takes in one charge. */
const MAX_TOTAL_CENTS = 1_000_000_000;

export const totalOf = (lines: readonly CartLine[]): number =>
  lines.reduce((sum, line) => sum + line.quantity * line.priceCents, 0);

const changed = (cart: Cart, items: readonly CartLine[]): Cart => ({
  ...cart,
  items,
  version: cart.version + 1,
});

/**
 * Sets a line; quantity 0 removes it. The same cart when that changes nothing.
 * `cart_full`: more than 100 lines, or worth more than 1,000,000,000 cents.
 */
export function withLine(cart: Cart, line: CartLine): Cart | 'cart_full' {
  const at = cart.items.findIndex(({ productId }) => productId === line.productId);
  const old = cart.items[at];
  if (line.quantity === 0) return old ? changed(cart, cart.items.toSpliced(at, 1)) : cart;
  if (old?.quantity === line.quantity && old.priceCents === line.priceCents) return cart;
  const items = old ? cart.items.with(at, line) : [...cart.items, line];
  if (items.length > MAX_LINES || totalOf(items) > MAX_TOTAL_CENTS) return 'cart_full';
  return changed(cart, items);
}

/**
 * The cart after an order of it was paid: what was ordered is gone, what was put in since stays. Empty when nothing
 * was; its version rises, so that the same cart can be used, and ordered, again.
 */
export function withoutOrdered(cart: Cart, ordered: readonly CartLine[]): Cart {
  const bought = new Map(ordered.map(({ productId, quantity }) => [productId, quantity]));
  const items = cart.items
    .map((line) => ({ ...line, quantity: line.quantity - (bought.get(line.productId) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
  return changed(cart, items);
}
