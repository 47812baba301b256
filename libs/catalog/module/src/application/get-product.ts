import type { catalogContract } from '@atlas/catalog-contract';
import { BusinessError, type Call, type InputOf, type OutputOf } from '@atlas/coupling-runtime';
import type { ProductStore } from '../ports/product-store.ts';

type GetProduct = (typeof catalogContract)['operations']['getProduct'];

/** One product. */
export async function getProduct(
  products: ProductStore,
  { id }: InputOf<GetProduct>,
  call: Call,
): Promise<OutputOf<GetProduct>> {
  const product = await products.byId(id, call);
  if (!product) throw new BusinessError('product_not_found', `there is no product ${id}`);
  return product;
}
