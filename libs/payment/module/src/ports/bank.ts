import type { BankAnswer } from '../domain/charge.ts';

export interface BankCharge {
  readonly key: string;
  readonly orderId: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly token: string;
}

/** The acquirer. Both are idempotent by key; `unknown` on time-out, broken connection and 5xx. */
export interface Bank {
  /** @throws PlatformError `internal` when the bank refuses the request as such (wrong credentials, reused key). */
  charge(charge: BankCharge, timeoutMs: number): Promise<BankAnswer>;
  /** Voids the charge or leaves a tombstone; answers what the charge is afterwards. Throws as `charge` does. */
  cancel(key: string, orderId: string, timeoutMs: number): Promise<BankAnswer>;
}
