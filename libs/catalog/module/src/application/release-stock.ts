import type { catalogContract } from '@atlas/catalog-contract';
import type { Call, InputOf, OutputOf } from '@atlas/coupling-runtime';
import type { StockLedger, StockTransaction } from '../ports/stock-ledger.ts';

type Release = (typeof catalogContract)['operations']['releaseStock'];

/** False when a reservation came in between, so that there is something to release after all. */
async function attempt(stock: StockTransaction, orderId: string): Promise<boolean> {
  const reservation = await stock.reservation(orderId);
  if (reservation === undefined) return stock.bury(orderId);
  if (reservation.state === 'released') return true;
  if (reservation.state === 'reserved') {
    await stock.lock(reservation.lines.map(({ productId }) => productId));
    stock.giveBack(reservation.lines);
  }
  stock.release(orderId);
  return true;
}

/** Gives an order's stock back, once, and refuses whatever reservation of it comes later. */
export async function releaseStock(
  ledger: StockLedger,
  { orderId }: InputOf<Release>,
  call: Call,
): Promise<OutputOf<Release>> {
  while (!(await ledger.transaction(call, (stock) => attempt(stock, orderId))));
  return { orderId };
}
