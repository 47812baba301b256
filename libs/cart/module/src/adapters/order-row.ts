/** An order as a row, and back. */
import type { CartLine } from '../domain/cart.ts';
import type { Address, Order } from '../domain/order.ts';
import type { CancelReason, Saga } from '../domain/saga.ts';

export type OrderStatus = 'pending' | 'payment_pending' | 'paid' | 'shipped' | 'cancelled';
export type IntentStatus = 'pending' | 'captured' | 'declined' | 'voided';

export interface OrderRow {
  readonly id: string;
  readonly sessionId: string;
  readonly cartId: string;
  readonly lines: readonly CartLine[];
  readonly totalCents: number;
  readonly address: Address;
  readonly status: OrderStatus;
  readonly sagaState: Saga['at'];
  readonly sagaVersion: number;
  readonly cancelReason: CancelReason['kind'] | null;
  readonly declineCode: string | null;
  readonly shortProductId: string | null;
  readonly rootId: string;
  readonly attempts: number;
  readonly due: boolean;
  readonly patienceOver: boolean;
}

/** The columns of `OrderRow`, from `orders o`; time is the database's. */
export const ORDER_COLUMNS = `
  o.id, o.session_id AS "sessionId", o.cart_id AS "cartId", o.lines, o.total_cents AS "totalCents", o.address,
  o.status, o.saga_state AS "sagaState", o.saga_version AS "sagaVersion", o.cancel_reason AS "cancelReason",
  o.decline_code AS "declineCode", o.short_product_id AS "shortProductId", o.root_id AS "rootId", o.attempts,
  o.due_at <= now() AS due, o.give_up_at <= now() AS "patienceOver"`;

function reasonOf({ cancelReason, declineCode, shortProductId }: OrderRow): CancelReason {
  if (cancelReason === 'declined') return { kind: 'declined', code: declineCode };
  if (cancelReason === 'out_of_stock') return { kind: 'out_of_stock', productId: shortProductId };
  return { kind: 'given_up' };
}

function sagaOf(row: OrderRow): Saga {
  if (row.sagaState === 'releasing' || row.sagaState === 'cancelled')
    return { at: row.sagaState, reason: reasonOf(row) };
  return { at: row.sagaState };
}

export function orderOf(row: OrderRow): Order {
  const { id, sessionId, cartId, lines, totalCents, address } = row;
  const { sagaVersion, rootId, attempts, due, patienceOver } = row;
  const saga = sagaOf(row);
  const pendingPayment = row.status === 'payment_pending';
  return {
    id,
    sessionId,
    cartId,
    lines,
    totalCents,
    address,
    saga,
    sagaVersion,
    rootId,
    pendingPayment,
    attempts,
    due,
    patienceOver,
  };
}

/** Columns that follow from the saga's state; null: as it was. */
export interface SagaColumns {
  readonly status: OrderStatus | null;
  readonly cancelReason: CancelReason['kind'] | null;
  readonly declineCode: string | null;
  readonly shortProductId: string | null;
  readonly intent: Exclude<IntentStatus, 'pending'> | null;
}

const OPEN: SagaColumns = {
  status: null,
  cancelReason: null,
  declineCode: null,
  shortProductId: null,
  intent: null,
};

export function columnsOf(saga: Saga): SagaColumns {
  switch (saga.at) {
    case 'reserving':
    case 'charging':
    case 'voiding':
      return OPEN;
    case 'paid':
      return { ...OPEN, status: 'paid', intent: 'captured' };
    case 'releasing':
    case 'cancelled': {
      const { reason } = saga;
      return {
        status: saga.at === 'cancelled' ? 'cancelled' : null,
        cancelReason: reason.kind,
        declineCode: reason.kind === 'declined' ? reason.code : null,
        shortProductId: reason.kind === 'out_of_stock' ? reason.productId : null,
        intent: reason.kind === 'declined' ? 'declined' : 'voided',
      };
    }
  }
}
