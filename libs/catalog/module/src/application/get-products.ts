import type { catalogContract } from '@atlas/catalog-contract';
import type { Call, InputOf, OutputOf } from '@atlas/coupling-runtime';
import type { ProductStore } from '../ports/product-store.ts';

type GetProducts = (typeof catalogContract)['operations']['getProducts'];

/** The known ones among some products. */
export async function getProducts(
  products: ProductStore,
  input: InputOf<GetProducts>,
  call: Call,
): Promise<OutputOf<GetProducts>> {
  return { items: await products.byIds([...new Set(input.ids)], call) };
}
