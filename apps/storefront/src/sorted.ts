import type { Product } from './api/types.ts';

export const ORDERS = {
  shop: { label: 'Our order' },
  cheap: { label: 'Price, low to high' },
  dear: { label: 'Price, high to low' },
  name: { label: 'Name' },
} as const;
export type SortOrder = keyof typeof ORDERS;

const compare: Readonly<Record<SortOrder, (a: Product, b: Product) => number>> = {
  shop: () => 0,
  cheap: (a, b) => a.priceCents - b.priceCents,
  dear: (a, b) => b.priceCents - a.priceCents,
  name: (a, b) => a.name.localeCompare(b.name, 'en'),
};

/** In the order that was asked for; what is equal keeps its place, what is sold out comes last. */
export const sorted = (products: readonly Product[], order: SortOrder): Product[] =>
  [...products].sort((a, b) => Number(a.stock === 0) - Number(b.stock === 0) || compare[order](a, b));
