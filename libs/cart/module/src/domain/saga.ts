/**
 * The checkout saga: what is to be done next, and what an outcome leads to. Pure; the whole of it is this table.
 *
 * G1  What is to be done follows from the state alone, so a crash loses nothing: whoever reads the state goes on.
 * G2  Stock is given back only after money is definitely not taken: `releasing` is entered from `reserving`, in which
 *     nobody has asked for money yet (`charging` is written down first), or by the bank's word (declined, voided).
 * G3  `paid` is entered only by the bank's word that the money is captured. The ends are final.
 * G4  An outcome that the state does not expect is refused, never guessed at.
 */

/** Why an order was cancelled. `given_up`: nobody knew for too long, so the charge was voided. */
export type CancelReason =
  /** `productId`: of which there was too little; null: nobody has written it down. */
  | { readonly kind: 'out_of_stock'; readonly productId: string | null }
  | { readonly kind: 'declined'; readonly code: string | null }
  | { readonly kind: 'given_up' };

export type Saga =
  /** Taking the order's lines from stock. */
  | { readonly at: 'reserving' }
  /** Stock is taken; asking for the money. */
  | { readonly at: 'charging' }
  /** Making sure that the money is not, and never will be, taken. */
  | { readonly at: 'voiding' }
  /** No money; giving the stock back. */
  | { readonly at: 'releasing'; readonly reason: CancelReason }
  | { readonly at: 'paid' }
  | { readonly at: 'cancelled'; readonly reason: CancelReason };

export type Step = 'reserve' | 'charge' | 'void' | 'release';

/** What became known. A step without a definite outcome is no event: it is asked again (same key). */
export type SagaEvent =
  | { readonly type: 'reserved' }
  | { readonly type: 'out_of_stock'; readonly productId: string | null }
  /** The catalogue holds a tombstone: somebody gave this order's stock up before. */
  | { readonly type: 'reservation_refused' }
  | { readonly type: 'captured' }
  | { readonly type: 'declined'; readonly code: string | null }
  | { readonly type: 'voided' }
  | { readonly type: 'released' }
  /** The order has been without a definite end for too long. */
  | { readonly type: 'patience_over' };

type EventOf<T extends SagaEvent['type']> = Extract<SagaEvent, { type: T }>;
type Row<S extends Saga> = {
  readonly [T in SagaEvent['type']]?: (saga: S, event: EventOf<T>) => Saga;
};

const releasing = (reason: CancelReason): Saga => ({ at: 'releasing', reason });
const GIVEN_UP: CancelReason = { kind: 'given_up' };

const TABLE: { readonly [A in Saga['at']]: Row<Extract<Saga, { at: A }>> } = {
  reserving: {
    reserved: () => ({ at: 'charging' }),
    // A late reservation of a slower driver must meet a tombstone: release, though nothing may be reserved.
    out_of_stock: (_saga, { productId }) => releasing({ kind: 'out_of_stock', productId }),
    reservation_refused: () => releasing(GIVEN_UP),
    patience_over: () => releasing(GIVEN_UP),
  },
  charging: {
    captured: () => ({ at: 'paid' }),
    declined: (_saga, { code }) => releasing({ kind: 'declined', code }),
    voided: () => releasing(GIVEN_UP),
    patience_over: () => ({ at: 'voiding' }),
  },
  voiding: {
    voided: () => releasing(GIVEN_UP),
    declined: (_saga, { code }) => releasing({ kind: 'declined', code }),
  },
  releasing: {
    released: ({ reason }) => ({ at: 'cancelled', reason }),
  },
  paid: {},
  cancelled: {},
};

const STEPS: { readonly [A in Saga['at']]: Step | undefined } = {
  reserving: 'reserve',
  charging: 'charge',
  voiding: 'void',
  releasing: 'release',
  paid: undefined,
  cancelled: undefined,
};

/** Where every order begins. */
export const START: Saga = { at: 'reserving' };

/** What is to be done in this state; undefined at an end (G1). */
export const stepOf = (saga: Saga): Step | undefined => STEPS[saga.at];

export const isOver = (saga: Saga): boolean => stepOf(saga) === undefined;

/** The key of a step: derived from the order alone, so that recovery asks with the same (E6). */
export const stepKey = (orderId: string, step: Step): string =>
  `${orderId}:${step === 'void' ? 'cancel' : step}`;

/** What an event leads to; undefined when this state does not expect it (G4). */
export function advance(saga: Saga, event: SagaEvent): Saga | undefined {
  const row: Row<never> = TABLE[saga.at];
  const transition = row[event.type];
  return transition?.(saga as never, event as never);
}

/** Every transition as `from:event`, for the check below and for tests. */
export const transitions = (): readonly string[] =>
  Object.entries(TABLE).flatMap(([at, row]) => Object.keys(row).map((type) => `${at}:${type}`));

/** @throws Error when a state that has a step has no way on, or an end has one. */
function checkTable(): void {
  for (const [at, row] of Object.entries(TABLE)) {
    const leaves = Object.keys(row).length > 0;
    if (leaves !== (STEPS[at as Saga['at']] !== undefined)) throw new Error(`checkout saga: bad row "${at}"`);
  }
}

checkTable();
