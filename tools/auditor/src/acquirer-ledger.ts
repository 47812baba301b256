import type { Captured } from './money.ts';

interface Page {
  readonly items: readonly {
    readonly orderId: string;
    readonly amountCents: number;
    readonly status: string;
  }[];
  readonly next: string | null;
}

export interface Ledger {
  /** Order → what was captured for it. */
  readonly captured: ReadonlyMap<string, Captured>;
  /** Rows of any status. */
  readonly charges: number;
}

/** Reads the bank's charges page by page. @throws Error when it does not answer with 200. */
export async function readLedger(acquirerUrl: string): Promise<Ledger> {
  const captured = new Map<string, Captured>();
  let charges = 0;
  for (let after: string | null = ''; after !== null;) {
    const response = await fetch(`${acquirerUrl}/v1/charges?after=${encodeURIComponent(after)}`);
    if (!response.ok) throw new Error(`the acquirer's ledger answered ${response.status}`);
    const { items, next } = (await response.json()) as Page;
    charges += items.length;
    for (const { orderId, amountCents, status } of items) {
      if (status !== 'captured') continue;
      const before = captured.get(orderId) ?? { count: 0, amountCents: 0 };
      captured.set(orderId, { count: before.count + 1, amountCents: before.amountCents + amountCents });
    }
    after = next;
  }
  return { captured, charges };
}
