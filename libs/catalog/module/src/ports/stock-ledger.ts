import type { Bounded } from '@atlas/platform-database';
import type { Line, Refusal, Reservation, StockLevel } from '../domain/stock.ts';

/** One transaction on stock. Orders before products, products by id: everybody locks in that order. */
export interface StockTransaction {
  /**
   * Makes the order's row, reserved, and returns undefined; or returns the row that is there already, unlocked: products
   * may be locked before, and whoever gives them back has that row.
   */
  claim(orderId: string, lines: readonly Line[]): Promise<Reservation | undefined>;
  /** The order's row, locked. */
  reservation(orderId: string): Promise<Reservation | undefined>;
  /** What is there of these products, locked in the order given. */
  lock(productIds: readonly string[]): Promise<readonly StockLevel[]>;
  /** Takes locked products out of stock. Below zero the whole transaction fails. */
  take(lines: readonly Line[]): void;
  /** Puts locked products back. */
  giveBack(lines: readonly Line[]): void;
  refuse(orderId: string, refusal: Refusal): void;
  release(orderId: string): void;
  /** A released row for an order without one. False when somebody made one meanwhile. */
  bury(orderId: string): Promise<boolean>;
}

/** The authority for stock: what is taken here is gone, what is not here cannot be taken. */
export interface StockLedger {
  transaction<T>(bound: Bounded, work: (stock: StockTransaction) => Promise<T>): Promise<T>;
}
