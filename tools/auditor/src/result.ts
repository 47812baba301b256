/** What the auditor found. Everything but `ok`, `checked` and `problems` is part of the published report. */
export interface AuditResult {
  /** Orders, told to a client or not, that are not there as told: absent, unpaid, cancelled and paid, another total, or paid and never charged. */
  readonly lostOrders: number;
  /** Captured charges beyond the one that each paid order has. */
  readonly duplicateCharges: number;
  /** Roots with records or answers of more than one epoch. */
  readonly mixedEpochRoots: number;
  /** Products whose stock is below zero. */
  readonly negativeStock: number;
  /** Products whose stock is not what was there at first less what is reserved, or is reserved for other than paid orders. */
  readonly stockMismatch: number;
  /** Share of the client's roots that a bundle has on record as admitted, 0–1. */
  readonly coverage: number;
  /** True when all counts are zero, coverage is 1 and there is no problem at all. */
  readonly ok: boolean;
  /** The first 50, in plain words. */
  readonly problems: readonly string[];
  /** How much was looked at. */
  readonly checked: AuditedAmounts;
}

export interface AuditedAmounts {
  readonly hosts: number;
  /** Requests in the client's log, also those without an answer. */
  readonly logged: number;
  /** Those of them whose answer named a root. */
  readonly clientRequests: number;
  readonly roots: number;
  readonly calls: number;
  readonly serves: number;
  readonly orders: number;
  readonly charges: number;
}

const PROBLEMS_KEPT = 50;

/** Collects problems; keeps the first ones, counts all. */
export class Problems {
  readonly kept: string[] = [];
  count = 0;

  add(problem: string): void {
    this.count += 1;
    if (this.kept.length < PROBLEMS_KEPT) this.kept.push(problem);
  }

  addAll({ kept, count }: Problems): void {
    for (const problem of kept) this.add(problem);
    this.count += count - kept.length;
  }
}
