import type { catalogContract } from '@atlas/catalog-contract';
import { BusinessError, type Call, type InputOf, type OutputOf } from '@atlas/coupling-runtime';
import { cursorAfter, positionOf } from '../domain/cursor.ts';
import { searchQuery } from '../domain/search.ts';
import type { ProductStore } from '../ports/product-store.ts';

type List = (typeof catalogContract)['operations']['listProducts'];

const START = -1;

function startOf(cursor: string | undefined): number {
  const after = cursor === undefined ? START : positionOf(cursor);
  if (after === undefined) throw new BusinessError('bad_cursor', 'the cursor is not one of ours');
  return after;
}

/** One page of the catalogue, or of what a search finds. */
export async function listProducts(
  products: ProductStore,
  input: InputOf<List>,
  call: Call,
): Promise<OutputOf<List>> {
  const { limit } = input;
  const after = startOf(input.cursor);
  const search = searchQuery(input.q);
  if (search === '') return { items: [], nextCursor: null };
  // One more than asked for tells whether there is a next page.
  const found = await products.page({ search, after, limit: limit + 1 }, call);
  const last = found.length > limit ? found[limit - 1] : undefined;
  return {
    items: found.slice(0, limit).map(({ product }) => product),
    nextCursor: last ? cursorAfter(last.position) : null,
  };
}
