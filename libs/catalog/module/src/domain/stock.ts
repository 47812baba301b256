/** So many pieces of one product. */
export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

/** What is in stock of one product, read under its row lock. */
export interface StockLevel {
  readonly productId: string;
  readonly stock: number;
}

/** Why an order got nothing. Stored with the order, so that a repetition gets the same answer. */
export interface Refusal {
  readonly code: 'out_of_stock' | 'product_not_found';
  readonly productId: string;
}

/**
 * What an order's row says. `reserved`: its lines were taken from stock. `refused`: it got nothing, for good.
 * `released`: what it had was given back, and it gets nothing any more (a tombstone).
 */
export type Reservation =
  | { readonly state: 'reserved'; readonly lines: readonly Line[] }
  | { readonly state: 'refused'; readonly lines: readonly Line[]; readonly refusal: Refusal }
  | { readonly state: 'released'; readonly lines: readonly Line[] };

/** One line per product, in the order in which rows are locked everywhere (no deadlocks). */
export function mergeLines(lines: readonly Line[]): readonly Line[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines)
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities]
    .map(([productId, quantity]) => ({ productId, quantity }))
    .sort((a, b) => (a.productId < b.productId ? -1 : 1));
}

/** Why the lines cannot be taken, all of them, from these levels; undefined when they can. */
export function refusalOf(lines: readonly Line[], levels: readonly StockLevel[]): Refusal | undefined {
  const stock = new Map(levels.map((level) => [level.productId, level.stock]));
  const unknown = lines.find(({ productId }) => !stock.has(productId));
  if (unknown) return { code: 'product_not_found', productId: unknown.productId };
  const short = lines.find(({ productId, quantity }) => (stock.get(productId) ?? 0) < quantity);
  return short && { code: 'out_of_stock', productId: short.productId };
}

/** Both merged: the same products in the same quantities. */
export const sameLines = (a: readonly Line[], b: readonly Line[]): boolean =>
  a.length === b.length &&
  a.every((line, n) => line.productId === b[n]?.productId && line.quantity === b[n].quantity);
