import { Problem } from './api/request.ts';

/** Where the browser keeps nothing for the shop, whatever was asked for. */
export const NOTHING_KEPT =
  'Your browser blocks cookies, and carts and orders need them. Please allow them for this page, then load it again.';

/** What to tell a person for each refusal of a checkout. */
const REFUSALS: Readonly<Record<string, string>> = {
  card_declined: 'The bank declined this card. Nothing was charged. Please use another one.',
  out_of_stock:
    'Something in your cart has just sold out. Nothing was charged. Please look at your cart again: it says what.',
  cart_changed: 'Your cart has changed meanwhile. Please look at it again.',
  cart_not_found: 'Your session is over, and your cart with it. Please fill a new one.',
  cart_empty: 'Your cart is empty.',
  invalid_request: 'The shop cannot read this address. Please look for unusual characters in it.',
  in_progress:
    'An order of this cart is still waiting for the bank. So that nothing is paid twice, the cart can be ordered when that is known.',
  nothing_kept: NOTHING_KEPT,
  idempotency_key_reused: 'Your attempt before this one has become an order. Please look at it first.',
};
/** Refusals whose order is still to be looked at: that of others is over. */
const OPEN_ORDER: readonly string[] = ['in_progress', 'idempotency_key_reused'];

export interface Refusal {
  readonly text: string;
  /** The order that the customer should look at. */
  readonly orderId: string | undefined;
}

/** What a person is told when a checkout came to nothing, or nobody knows what it came to. */
export function refusalOf(error: unknown): Refusal {
  const { code, details } = error instanceof Problem ? error : new Problem(0, '', '');
  const text =
    REFUSALS[code] ??
    'The payment could not be confirmed. Press the button again: you will never be charged twice.';
  return { text, orderId: OPEN_ORDER.includes(code) ? details.orderId : undefined };
}

/** Why something cannot be shown. */
export const troubleOf = (error: unknown): string =>
  error instanceof Problem && error.code === 'nothing_kept'
    ? NOTHING_KEPT
    : 'The shop did not answer in time. Your cart and your orders are safe.';
