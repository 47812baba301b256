import type { cartContract } from '@atlas/cart-contract';
import { BusinessError, type Call, type InputOf, type OutputOf } from '@atlas/coupling-runtime';
import { bodyHash } from '@atlas/platform-database';
import { withLine, type CartLine } from '../domain/cart.ts';
import type { KeyedChange } from '../ports/cart-store.ts';
import { callKey } from './call-key.ts';
import { viewOf } from './cart-view.ts';
import type { CartParts } from './parts.ts';

type SetItem = (typeof cartContract)['operations']['setItem'];
type SetItemParts = Pick<CartParts, 'carts' | 'catalog'>;

/**
 * Sets a line at the catalogue's present price; the catalogue is asked before, never inside, the transaction.
 * Errors: those of the contract. Stock is only looked at here; the checkout takes it.
 */
export async function setItem(
  { carts, catalog }: SetItemParts,
  input: InputOf<SetItem>,
  call: Call,
): Promise<OutputOf<SetItem>> {
  const { sessionId, cartId, productId, quantity } = input;
  const change = {
    sessionId,
    cartId,
    key: callKey(call),
    bodyHash: bodyHash({ cartId, productId, quantity }),
  };
  const line = await pricedLine({ carts, catalog }, { change, input }, call);
  if ('answered' in line) return line.answered;
  const result = await carts.change(change, (cart) => withLine(cart, line), call);
  if (result.kind === 'refused') throw new BusinessError(result.code);
  return viewOf(result.cart);
}

/** The line to set. A replay of a change that had its effect is answered as it was, whatever the stock is now. */
async function pricedLine(
  { carts, catalog }: SetItemParts,
  { change, input }: { readonly change: KeyedChange; readonly input: InputOf<SetItem> },
  call: Call,
): Promise<CartLine | { readonly answered: OutputOf<SetItem> }> {
  const { productId, quantity } = input;
  if (quantity === 0) return { productId, quantity, priceCents: 0 };
  try {
    const { priceCents, stock } = await catalog.getProduct({ id: productId }, call);
    if (quantity > stock) throw new BusinessError('out_of_stock', undefined, { productId, stock });
    return { productId, quantity, priceCents };
  } catch (error) {
    const before = error instanceof BusinessError ? await carts.answered(change, call) : undefined;
    if (!before) throw error;
    return { answered: viewOf(before) };
  }
}
