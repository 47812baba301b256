/**
 * Whether orders, charges and what clients were told say the same. Pure.
 *
 * M1  An order that a client was told of exists; one that was told to be paid is paid or shipped, and has the total that
 *     was told; one that was told to be cancelled is neither.
 * M2  A paid or shipped order has exactly one captured charge, of its total.
 * M3  A captured charge belongs to a paid or shipped order.
 */
import type { Problems } from './result.ts';

export interface StoredOrder {
  readonly status: string;
  readonly totalCents: number;
}

/** Captured charges of one order. */
export interface Captured {
  readonly count: number;
  /** Of all of them together. */
  readonly amountCents: number;
}

export interface Money {
  /** Order → total, as clients were told. */
  readonly paid: ReadonlyMap<string, number>;
  /** Orders that clients were told of, these and others. */
  readonly kept: ReadonlySet<string>;
  /** Those of them that clients were told never to be paid. */
  readonly cancelled: ReadonlySet<string>;
  readonly orders: ReadonlyMap<string, StoredOrder>;
  readonly captured: ReadonlyMap<string, Captured>;
}

export interface MoneyFinding {
  readonly lostOrders: number;
  readonly duplicateCharges: number;
}

const PAID = new Set(['paid', 'shipped']);

export function checkMoney(money: Money, problems: Problems): MoneyFinding {
  const lost = new Set<string>();
  const lose = (orderId: string, problem: string): void => {
    lost.add(orderId);
    problems.add(`order ${orderId} ${problem}`);
  };
  for (const [orderId, total] of money.paid) {
    const problem = brokenPromise(total, money.orders.get(orderId));
    if (problem !== undefined) lose(orderId, problem); // M1
  }
  for (const orderId of money.kept) {
    if (money.paid.has(orderId) || money.orders.has(orderId)) continue;
    lose(orderId, 'was told to be there, but does not exist'); // M1
  }
  for (const orderId of money.cancelled) {
    const status = money.orders.get(orderId)?.status ?? '';
    if (PAID.has(status)) lose(orderId, `was told to be cancelled, but is ${status}`); // M1
  }
  for (const [orderId, order] of money.orders) {
    if (!PAID.has(order.status)) continue;
    const charge = money.captured.get(orderId);
    if (charge === undefined)
      lose(orderId, 'is paid, but the bank has captured nothing for it'); // M2
    else if (charge.count === 1 && charge.amountCents !== order.totalCents) {
      lose(orderId, `has a total of ${order.totalCents} cents, but ${charge.amountCents} were captured`);
    }
  }
  return { lostOrders: lost.size, duplicateCharges: wrongCharges(money, problems) };
}

function brokenPromise(total: number, order: StoredOrder | undefined): string | undefined {
  if (order === undefined) return 'was told to be paid, but does not exist';
  if (!PAID.has(order.status)) return `was told to be paid, but is ${order.status}`;
  if (order.totalCents === total) return undefined;
  return `was told to cost ${total} cents, but has a total of ${order.totalCents}`;
}

function wrongCharges({ orders, captured }: Money, problems: Problems): number {
  let wrong = 0;
  for (const [orderId, { count }] of captured) {
    const order = orders.get(orderId);
    if (order === undefined || !PAID.has(order.status)) {
      wrong += count;
      const state = order === undefined ? 'which does not exist' : `which is ${order.status}`;
      problems.add(`the bank has captured money for order ${orderId}, ${state}`); // M3
    } else if (count > 1) {
      wrong += count - 1;
      problems.add(`the bank has captured money for order ${orderId} ${count} times`); // M2
    }
  }
  return wrong;
}
