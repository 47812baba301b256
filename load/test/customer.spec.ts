import { describe, expect, it } from 'vitest';
import type { Answer, Verdict } from '../src/answer.ts';
import { Customer } from '../src/customer.ts';
import type { Card, StepName } from '../src/journey.ts';
import { seededRandom } from '../src/random.ts';
import { Shelf } from '../src/shelf.ts';

const PURCHASE: readonly StepName[] = [
  'session',
  'createCart',
  'setItem',
  'checkout',
  'checkoutAgain',
  'order',
];

function customerWith(card: Card): Customer {
  const shelf = new Shelf();
  shelf.learn({ id: 'lamp', name: 'Lamp', stock: 100 });
  return new Customer(
    { number: 7, kind: 'buyer', steps: PURCHASE, card },
    shelf,
    seededRandom(1, 'customer'),
  );
}

const nothing = { epoch: 1, mode: 'tight', rootId: '1', sent: 1, done: 2, broken: null };

/** What the customer says to this answer to its step. */
function told(customer: Customer, step: StepName, [status, body]: readonly [number, unknown]): Verdict {
  customer.request(step);
  return customer.accept(step, { ...nothing, status, body } satisfies Answer);
}

const SESSION = [201, { token: 't' }] as const;
const cart = (id: string, ...products: readonly string[]) =>
  ({ id, items: products.map((productId) => ({ productId })), version: 1, totalCents: 900 }) as const;
const order = (status: string, more: object = {}) => ({ orderId: 'o-1', status, totalCents: 900, ...more });
const state = (status: string, totalCents = 900) => ({ id: 'o-1', status, totalCents });
const code = (name: string) => ({ code: name });
const refusal = (name: string) => ({ code: name, details: { orderId: 'o-1' } });

/** One that is about to pay for a lamp. */
function atTheTill(card: Card = 'tok_ok'): Customer {
  const customer = customerWith(card);
  for (const [step, answer] of [
    ['session', SESSION],
    ['createCart', [201, cart('c-1')]],
    ['setItem', [200, cart('c-1', 'lamp')]],
  ] as const)
    expect(told(customer, step, answer).failure).toBeNull();
  return customer;
}

/** One whose checkout was answered so. */
function after(answer: readonly [number, unknown], card: Card = 'tok_ok'): Customer {
  const customer = atTheTill(card);
  expect(told(customer, 'checkout', answer).failure).toBeNull();
  return customer;
}
const paid = (): Customer => after([201, order('paid')]);
const pending = (): Customer => after([202, order('payment_pending')], 'tok_timeout');
const cancelled = (): Customer => {
  const customer = pending();
  expect(told(customer, 'order', [200, state('cancelled')]).failure).toBeNull();
  return customer;
};

const REFUSED = { failure: null, orderId: 'o-1', totalCents: null, cancelled: true };

describe('a purchase', () => {
  it('is one order with one total, paid once, whatever is asked again', () => {
    const customer = paid();
    const first = customer.request('checkout');
    expect(customer.request('checkoutAgain')).toEqual(first);
    expect(first).toMatchObject({ token: 't', key: 'checkout-7', path: '/api/carts/c-1/checkout' });
    expect(told(customer, 'checkoutAgain', [201, order('paid')])).toEqual({
      ...{ failure: null, orderId: 'o-1', totalCents: 900, cancelled: false },
    });
    expect(told(customer, 'order', [200, state('shipped')])).toMatchObject({
      failure: null,
      totalCents: 900,
    });
    expect(customer.step).toBeUndefined();
  });

  it('is pending until its end is known, and its total counts only when it is paid', () => {
    const customer = pending();
    expect(customer.pending).toBe(true);
    expect(told(customer, 'checkoutAgain', [409, code('in_progress')]).failure).toBeNull();
    expect(told(customer, 'order', [200, state('payment_pending')])).toMatchObject({ totalCents: null });
    expect(customer.pending).toBe(true);
    expect(told(customer, 'order', [200, state('paid')])).toMatchObject({ failure: null, totalCents: 900 });
    expect(customer.pending).toBe(false);
    const given = cancelled();
    expect(given.pending).toBe(false);
    expect(told(given, 'order', [200, state('cancelled')])).toEqual(REFUSED);
  });

  it.each([
    [402, 'card_declined'],
    [409, 'out_of_stock'],
  ])('may be refused while it is pending (%i %s), and is asked for until it is cancelled', (status, why) => {
    const customer = pending();
    expect(told(customer, 'checkoutAgain', [status, refusal(why)])).toEqual(REFUSED);
    expect(customer.pending).toBe(true);
  });

  it.each<[string, Card, number, unknown]>([
    ['a card that is refused', 'tok_declined', 402, refusal('card_declined')],
    ['a slow card that is refused in the end', 'tok_timeout', 402, refusal('card_declined')],
    ['stock that others have bought', 'tok_ok', 409, refusal('out_of_stock')],
  ])('may end by %s, which is written down with its order', (_, card, status, body) => {
    expect(told(atTheTill(card), 'checkout', [status, body])).toEqual(REFUSED);
  });
});

describe('no answer to a customer is', () => {
  it.each<[string, () => Customer, StepName, number, unknown, string]>([
    ['a session without its token', () => customerWith('tok_ok'), 'session', 201, {}, 'unexpected_status'],
    ['a product that is not there', () => customerWith('tok_ok'), 'product', 404, {}, 'unexpected_status'],
    ["somebody else's cart", atTheTill, 'cart', 200, cart('c-2', 'lamp'), 'wrong_answer'],
    ['a cart that is none', atTheTill, 'cart', 200, { id: 'c-1' }, 'wrong_answer'],
    ['a good card that is declined', atTheTill, 'checkout', 402, code('card_declined'), 'unexpected_status'],
    [
      'a bad card that pays',
      () => atTheTill('tok_declined'),
      'checkout',
      201,
      order('paid'),
      'unexpected_status',
    ],
    ['a cart that changed by itself', atTheTill, 'checkout', 409, code('cart_changed'), 'unexpected_status'],
    ['a payment that is said two ways', atTheTill, 'checkout', 201, order('payment_pending'), 'wrong_answer'],
    [
      'an order without a total',
      atTheTill,
      'checkout',
      202,
      { orderId: 'o-1', status: 'payment_pending' },
      'wrong_answer',
    ],
    [
      'a second order for the same key',
      paid,
      'checkoutAgain',
      201,
      order('paid', { orderId: 'o-2' }),
      'wrong_answer',
    ],
    [
      'another total for the same key',
      paid,
      'checkoutAgain',
      201,
      order('paid', { totalCents: 901 }),
      'wrong_answer',
    ],
    ['a payment that is no more', paid, 'checkoutAgain', 202, order('payment_pending'), 'wrong_answer'],
    ['a refusal of what was paid', paid, 'checkoutAgain', 402, code('card_declined'), 'unexpected_status'],
    ['a paid order that is cancelled', paid, 'order', 200, state('cancelled'), 'wrong_answer'],
    ['a cancelled order that is paid', cancelled, 'order', 200, state('paid'), 'wrong_answer'],
    ['a cancelled order that is open', cancelled, 'order', 200, state('payment_pending'), 'wrong_answer'],
    ['a total that changes', paid, 'order', 200, state('paid', 901), 'wrong_answer'],
    ['an order of no known state', pending, 'order', 200, state('lost'), 'wrong_answer'],
    ['an order that is not there', paid, 'order', 404, code('order_not_found'), 'unexpected_status'],
    ['a paid order that is sold out', paid, 'checkoutAgain', 409, code('out_of_stock'), 'unexpected_status'],
    ["the shop's own fault", atTheTill, 'checkout', 503, code('unavailable'), 'server_error'],
  ])('%s', (_, make, step, status, body, reason) => {
    const customer = make();
    expect(told(customer, step, [status, body]).failure?.reason).toBe(reason);
    expect(customer.step, 'whoever was failed leaves').toBeUndefined();
  });

  it('none at all', () => {
    const customer = paid();
    const broken = { reason: 'network', detail: 'reset' } as const;
    const verdict = customer.accept('order', { ...nothing, status: 0, body: undefined, broken });
    expect(verdict.failure).toEqual(broken);
  });
});
