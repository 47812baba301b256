/** What payment knows about one order's charge. Pure. */

export type Settled =
  | { readonly status: 'captured'; readonly declineCode: null }
  | { readonly status: 'declined'; readonly declineCode: string | null }
  | { readonly status: 'voided'; readonly declineCode: null };

/** `unknown`: the bank did not give a definite answer; nothing may be concluded. */
export type BankAnswer = Settled | { readonly status: 'unknown' };

/** A charge as it is written down. `open`: no definite answer of the bank is known. */
export interface Charge {
  readonly orderId: string;
  /** Null when the order was given up before anybody charged it. */
  readonly amountCents: number | null;
  readonly state: Settled | { readonly status: 'open' };
  /** The tombstone: set before the bank is asked to cancel; from then on nobody may start a charge. */
  readonly givenUp: boolean;
}

/** The key that the bank knows the order's charge by; it never changes. */
export const chargeKey = (orderId: string): string => `${orderId}:charge`;

export const UNKNOWN = { status: 'unknown', declineCode: null } as const;

/** What a charge request may do: `ask` the bank, or be answered from what is known. */
export function nextOfCharge(charge: Charge): 'ask' | Settled | typeof UNKNOWN {
  if (charge.state.status !== 'open') return charge.state;
  // Given up, but the bank has not confirmed: an earlier charge may have been captured and not voided yet.
  return charge.givenUp ? UNKNOWN : 'ask';
}

/** What a cancel may do. Captured money is given back: the bank voids it. */
export function nextOfCancel(charge: Charge): 'ask' | 'voided' | 'declined' {
  const { status } = charge.state;
  return status === 'voided' || status === 'declined' ? status : 'ask';
}
