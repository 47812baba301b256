/** The steps of the checkout saga, as calls to the modules that own stock and money. */
import { BusinessError, PlatformError, type Call } from '@atlas/coupling-runtime';
import { faultPoint } from '@atlas/platform-fault';
import type { Order } from '../domain/order.ts';
import { stepKey, type SagaEvent, type Step } from '../domain/saga.ts';
import type { CartParts } from './parts.ts';

type StepParts = Pick<CartParts, 'catalog' | 'payment' | 'checkouts'>;
type Ask = (parts: StepParts, order: Order, call: Call) => Promise<SagaEvent | undefined>;

async function reserve({ catalog }: StepParts, order: Order, call: Call): Promise<SagaEvent> {
  const lines = order.lines.map(({ productId, quantity }) => ({ productId, quantity }));
  try {
    await catalog.reserveStock({ orderId: order.id, lines }, call);
    return { type: 'reserved' };
  } catch (error) {
    if (!(error instanceof BusinessError)) throw error;
    if (error.code === 'reservation_released') return { type: 'reservation_refused' };
    const productId = error.details?.['productId'];
    return { type: 'out_of_stock', productId: typeof productId === 'string' ? productId : null };
  }
}

async function charge(
  { payment, checkouts }: StepParts,
  order: Order,
  call: Call,
): Promise<SagaEvent | undefined> {
  const token = order.token ?? (await checkouts.tokenOf(order.id, call));
  if (token === undefined) return undefined; // settled by another driver: our compare-and-set will tell
  const amountCents = order.totalCents;
  const answer = await payment.charge({ orderId: order.id, amountCents, currency: 'EUR', token }, call);
  switch (answer.status) {
    case 'captured':
    case 'voided':
      return { type: answer.status };
    case 'declined':
      return { type: 'declined', code: answer.declineCode };
    default:
      return undefined;
  }
}

async function voidCharge({ payment }: StepParts, order: Order, call: Call): Promise<SagaEvent | undefined> {
  const { status } = await payment.cancelCharge({ orderId: order.id }, call);
  if (status === 'voided') return { type: 'voided' };
  return status === 'declined' ? { type: 'declined', code: null } : undefined;
}

async function release({ catalog }: StepParts, order: Order, call: Call): Promise<SagaEvent> {
  await catalog.releaseStock({ orderId: order.id }, call);
  return { type: 'released' };
}

const ASK: Record<Step, Ask> = { reserve, charge, void: voidCharge, release };

/**
 * Asks for a step's outcome, with the key that is the order's own. Undefined: not definite (time-out, connection,
 * module away); the step is to be asked again.
 */
export async function askStep(
  parts: StepParts,
  { step, order }: { readonly step: Step; readonly order: Order },
  call: Call,
): Promise<SagaEvent | undefined> {
  await faultPoint(`saga.${step}.before`);
  try {
    const event = await ASK[step](parts, order, call.withKey(stepKey(order.id, step)));
    await faultPoint(`saga.${step}.after`);
    return event;
  } catch (error) {
    if (error instanceof PlatformError) return undefined;
    throw error;
  }
}
