/** An order: a checkout's saga with what it is about. Pure. */
import type { CartLine } from './cart.ts';
import type { CancelReason, Saga } from './saga.ts';

export interface Address {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string | undefined;
  readonly city: string;
  readonly postcode: string;
  readonly country: string;
}

export interface Order {
  readonly id: string;
  readonly sessionId: string;
  readonly cartId: string;
  readonly lines: readonly CartLine[];
  readonly totalCents: number;
  readonly address: Address;
  /** The card's token, when it is at hand. */
  readonly token?: string;
  readonly saga: Saga;
  /** Rises with every step; steps compare and set it. */
  readonly sagaVersion: number;
  /** The root that works on it. */
  readonly rootId: string;
  /** True when its outcome was, once, not known in time. */
  readonly pendingPayment: boolean;
  /** Attempts after which the outcome was still unknown. */
  readonly attempts: number;
  /** True when recovery, or a waiting caller, may take it over. */
  readonly due: boolean;
  /** True when it has been open for too long. */
  readonly patienceOver: boolean;
}

/** What the customer's checkout answers. */
export type CheckoutOutcome =
  | { readonly kind: 'paid' }
  | { readonly kind: 'payment_pending' }
  | { readonly kind: 'refused'; readonly code: 'out_of_stock' | 'card_declined'; readonly details: object };

/** Decline code of an order that was given up before the bank's answer was known. */
export const NOT_CONFIRMED = 'not_confirmed';

function refusal(reason: CancelReason): CheckoutOutcome {
  if (reason.kind === 'out_of_stock') {
    const { productId } = reason;
    return { kind: 'refused', code: 'out_of_stock', details: productId === null ? {} : { productId } };
  }
  const declineCode = reason.kind === 'declined' ? reason.code : NOT_CONFIRMED;
  return { kind: 'refused', code: 'card_declined', details: { declineCode } };
}

/** The answer that the order's state stands for. A refusal is definite before its stock is back. */
export function outcomeOf(order: Order): CheckoutOutcome {
  const { saga } = order;
  switch (saga.at) {
    case 'paid':
      return { kind: 'paid' };
    case 'releasing':
    case 'cancelled':
      return refusal(saga.reason);
    case 'reserving':
    case 'charging':
    case 'voiding':
      return { kind: 'payment_pending' };
  }
}
