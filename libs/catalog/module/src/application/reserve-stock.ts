import type { catalogContract } from '@atlas/catalog-contract';
import {
  BusinessError,
  PlatformError,
  type Call,
  type InputOf,
  type OutputOf,
} from '@atlas/coupling-runtime';
import { mergeLines, refusalOf, sameLines, type Line, type Reservation } from '../domain/stock.ts';
import type { StockLedger, StockTransaction } from '../ports/stock-ledger.ts';

type Reserve = (typeof catalogContract)['operations']['reserveStock'];

/** What the order's row says after the attempt, whoever made it. */
async function attempt(
  stock: StockTransaction,
  orderId: string,
  lines: readonly Line[],
): Promise<Reservation> {
  const [known, levels] = await Promise.all([
    stock.claim(orderId, lines),
    stock.lock(lines.map(({ productId }) => productId)),
  ]);
  if (known) return known;
  const refusal = refusalOf(lines, levels);
  if (refusal) {
    stock.refuse(orderId, refusal);
    return { state: 'refused', lines, refusal };
  }
  stock.take(lines);
  return { state: 'reserved', lines };
}

/**
 * Takes an order's lines from stock, all or none, once per order. A refusal is as lasting as a reservation: a late
 * repetition cannot take what nobody would ever give back.
 */
export async function reserveStock(
  ledger: StockLedger,
  input: InputOf<Reserve>,
  call: Call,
): Promise<OutputOf<Reserve>> {
  const { orderId } = input;
  const lines = mergeLines(input.lines);
  const reservation = await ledger.transaction(call, (stock) => attempt(stock, orderId, lines));
  if (reservation.state === 'released')
    throw new BusinessError('reservation_released', `the stock of order ${orderId} was given back`);
  if (!sameLines(reservation.lines, lines))
    throw new PlatformError('invalid_input', `order ${orderId} was reserved with other lines`);
  if (reservation.state === 'refused') {
    const { code, productId } = reservation.refusal;
    throw new BusinessError(code, `${code}: ${productId}`, { productId });
  }
  return { orderId };
}
