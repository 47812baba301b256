import { createHash } from 'node:crypto';
import type { cartContract } from '@atlas/cart-contract';
import type { Call, InputOf, OutputOf } from '@atlas/coupling-runtime';
import { callKey } from './call-key.ts';
import { viewOf } from './cart-view.ts';
import type { CartParts } from './parts.ts';

type CreateCart = (typeof cartContract)['operations']['createCart'];

/** The cart's id is its natural key: one session and idempotency key always lead to the same cart (E6). */
const cartId = (sessionId: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([sessionId, key]))
    .digest('hex')
    .slice(0, 32);

/** Makes an empty cart; asked again with the same key, the cart as it is now. */
export async function createCart(
  { carts }: Pick<CartParts, 'carts'>,
  { sessionId }: InputOf<CreateCart>,
  call: Call,
): Promise<OutputOf<CreateCart>> {
  return viewOf(await carts.create(cartId(sessionId, callKey(call)), sessionId, call));
}
