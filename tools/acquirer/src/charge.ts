/**
 * The words of the bank: what a charge is, and what is written down about it.
 */

export const CHARGE_STATUSES = ['captured', 'declined', 'voided'] as const;
export type ChargeStatus = (typeof CHARGE_STATUSES)[number];

/** What a merchant asks for. `token` stands for a card; it is never written down, only its part of the fingerprint. */
export interface ChargeRequest {
  readonly orderId: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly token: string;
}

/** One line of the ledger. `at` is milliseconds since 1970. */
export type Entry =
  /** A charge was asked for and no answer was given; the next one with this key gets a definite answer. */
  | { readonly kind: 'attempt'; readonly key: string; readonly fingerprint: string; readonly at: number }
  | {
      readonly kind: 'charge';
      readonly key: string;
      readonly fingerprint: string;
      readonly orderId: string;
      readonly amountCents: number;
      readonly currency: string;
      readonly status: 'captured' | 'declined';
      readonly declineCode: string | null;
      readonly at: number;
    }
  /** Voids a captured charge, or leaves a tombstone that refuses a late one. A declined charge stays declined. */
  | { readonly kind: 'cancel'; readonly key: string; readonly orderId: string; readonly at: number };

/** One key's charge as the bank shows it. `createdAt` is ISO 8601. */
export interface ChargeRow {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly orderId: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly status: ChargeStatus;
  readonly declineCode: string | null;
  readonly createdAt: string;
}

/** A row as the listing shows it: what an outside reader compares with orders. */
export type ListedCharge = Omit<ChargeRow, 'declineCode'>;
