import { readRequestLog } from '@atlas/load';
import type { Problems } from './result.ts';

/** What clients were told, as far as money and coverage go. */
export interface Told {
  /** Requests in the log, answered or not. */
  readonly requests: number;
  /** Order → total in cents, of every order that was told to be paid. */
  readonly paid: ReadonlyMap<string, number>;
  /** Orders that were told to be there, whatever their state: a payment that is not yet known, an order that was given up. */
  readonly kept: ReadonlySet<string>;
  /** Those of them that were told never to be paid: refused, or given up. */
  readonly cancelled: ReadonlySet<string>;
  /** Answers that succeeded without naming their root: nobody can tell what became of them. */
  readonly unnamed: number;
}

/** Reads the client's log once. An order that was told with two totals is a problem. */
export async function readTold(clientLog: string, problems: Problems): Promise<Told> {
  const paid = new Map<string, number>();
  const kept = new Set<string>();
  const cancelled = new Set<string>();
  let [requests, unnamed] = [0, 0];
  for await (const record of readRequestLog(clientLog)) {
    const { status, rootId, orderId, totalCents } = record;
    requests += 1;
    if (rootId === null && status >= 200 && status < 300) unnamed += 1;
    if (orderId === null) continue;
    kept.add(orderId);
    if (record.cancelled) cancelled.add(orderId);
    if (totalCents === null) continue;
    const before = paid.get(orderId) ?? totalCents;
    if (before !== totalCents) {
      problems.add(`order ${orderId} was told to cost ${before} cents, and then ${totalCents}`);
    }
    paid.set(orderId, before);
  }
  if (unnamed > 0) problems.add(`${unnamed} successful answers name no root (x-atlas-root)`);
  return { requests, paid, kept, cancelled, unnamed };
}
