/**
 * Drives one order's saga: asks for the next step's outcome, writes down where it leads, and so on.
 *
 * D1  Only outcomes that are written down lead on: the next step is asked for after the compare-and-set.
 * D2  Any number of drivers may work on one order; each write lets one of them pass.
 * D3  A driver that does not get an outcome in time lets go of the order, with a time for the next attempt.
 */
import type { Call } from '@atlas/coupling-runtime';
import { faultPoint } from '@atlas/platform-fault';
import type { Order } from '../domain/order.ts';
import { advance, stepOf, type Saga, type SagaEvent, type Step } from '../domain/saga.ts';
import type { CartParts } from './parts.ts';
import { askStep } from './saga-steps.ts';

export type DriveParts = Pick<CartParts, 'catalog' | 'payment' | 'checkouts' | 'times'>;

/** `lost`: another driver was faster; `order` is what stands now. */
export interface Driven {
  readonly kind: 'over' | 'handed_over' | 'lost';
  readonly order: Order;
}

const MAX_RETRY_MS = 30_000;
/** With less time than this left, another step would only end in doubt. */
const LEAST_STEP_MS = 200;

const PATIENCE_OVER: SagaEvent = { type: 'patience_over' };

/** Drives the order until it is over, in doubt, or somebody else's. */
export async function driveSaga(parts: DriveParts, order: Order, call: Call): Promise<Driven> {
  let current = order;
  for (;;) {
    const step = stepOf(current.saga);
    if (step === undefined) return { kind: 'over', order: current };
    const next = await nextState(parts, { step, order: current }, call);
    if (next === undefined) return handOver(parts, current, call);
    const moved = await move(parts, { order: current, next }, call);
    if (!moved) return lost(parts, current, call);
    current = moved;
  }
}

/** Where the step leads; undefined: not known in time. @throws Error when the outcome does not fit the state. */
async function nextState(
  parts: DriveParts,
  { step, order }: { readonly step: Step; readonly order: Order },
  call: Call,
): Promise<Saga | undefined> {
  const givenUp = order.patienceOver ? advance(order.saga, PATIENCE_OVER) : undefined;
  if (givenUp) return givenUp;
  if (call.remainingMs() < LEAST_STEP_MS) return undefined;
  const event = await askStep(parts, { step, order }, call);
  if (event === undefined) return undefined;
  const next = advance(order.saga, event);
  if (!next) throw new Error(`order ${order.id} is ${order.saga.at} and cannot take "${event.type}"`);
  return next;
}

async function move(
  { checkouts }: DriveParts,
  { order, next }: { readonly order: Order; readonly next: Saga },
  call: Call,
): Promise<Order | undefined> {
  await faultPoint(`saga.${next.at}.before`);
  const moved = await checkouts.move(order, next, call);
  await faultPoint(`saga.${next.at}.after`);
  return moved;
}

async function handOver(parts: DriveParts, order: Order, call: Call): Promise<Driven> {
  const retryMs = Math.min(parts.times.retryMs * 2 ** Math.min(order.attempts, 10), MAX_RETRY_MS);
  const handed = await parts.checkouts.handOver(order, retryMs, call);
  return handed ? { kind: 'handed_over', order: handed } : lost(parts, order, call);
}

async function lost({ checkouts }: DriveParts, order: Order, call: Call): Promise<Driven> {
  const now = await checkouts.load(order.id, call);
  return { kind: stepOf(now.saga) === undefined ? 'over' : 'lost', order: now };
}
