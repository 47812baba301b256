/**
 * One customer on a journey: what it asks next, and what it makes of the answer.
 *
 * U1  A failed step ends the journey: a customer never repeats a request silently.
 * U2  An order that was said to be paid must stay paid, with the same total, and one that was said to be cancelled must
 *     stay so; anything else is a wrong answer.
 * U3  The same checkout sent again must give the same order, with the same total.
 */
import { broken, described, failed, fine, field, numberField, textField } from './answer.ts';
import type { Answer, ShopRequest, Verdict } from './answer.ts';
import { STEPS, type Card, type Journey, type StepName } from './journey.ts';
import { between, type Random } from './random.ts';
import type { Shelf } from './shelf.ts';

const ADDRESS = {
  name: 'Ada Example',
  line1: '1 Market Street',
  city: 'Paris',
  postcode: '75001',
  country: 'FR',
};

/** `paid`, `cancelled`: the shop said so. `pending`: it has not decided yet. */
type OrderState = 'none' | 'pending' | 'paid' | 'cancelled';

export class Customer {
  readonly journey: Journey;
  /** Card that it pays with; the drawn one unless it was changed before the checkout. */
  card: Card;
  readonly #shelf: Shelf;
  readonly #random: Random;
  #next = 0;
  #token: string | null = null;
  #cartId = '';
  #version: number | null = null;
  #items: readonly string[] = [];
  #asked = '';
  #orderId: string | null = null;
  #totalCents: number | null = null;
  #order: OrderState = 'none';

  constructor(journey: Journey, shelf: Shelf, random: Random) {
    this.journey = journey;
    this.card = journey.card;
    this.#shelf = shelf;
    this.#random = random;
  }

  /** True while the shop has an order of this customer whose end is not known. */
  get pending(): boolean {
    return this.#order === 'pending';
  }

  /** The step that comes next; undefined when the journey is over. Steps that make no sense any more are left out. */
  get step(): StepName | undefined {
    for (; ; this.#next++) {
      const step = this.journey.steps[this.#next];
      if (step === undefined || this.#sensible(step)) return step;
    }
  }

  #sensible(step: StepName): boolean {
    if (step === 'checkout' || step === 'removeItem') return this.#items.length > 0;
    if (step === 'checkoutAgain' || step === 'order') return this.#orderId !== null;
    return true;
  }

  /** Builds the request of a step. `order` may also be asked after the journey. */
  request(step: StepName): ShopRequest {
    const { method } = STEPS[step];
    return {
      method,
      path: this.#path(step),
      token: this.#token,
      key: this.#key(step),
      body: this.#body(step),
    };
  }

  #key(step: StepName): string | null {
    return step === 'checkout' || step === 'checkoutAgain' ? `checkout-${this.journey.number}` : null;
  }

  #path(step: StepName): string {
    switch (step) {
      case 'session':
        return '/api/sessions';
      case 'list':
        return '/api/products?limit=20';
      case 'search':
        return `/api/products?limit=10&q=${encodeURIComponent(this.#shelf.searchWord(this.#random))}`;
      case 'product':
        return `/api/products/${this.#shelf.anyProduct(this.#random)}`;
      case 'createCart':
        return '/api/carts';
      case 'setItem':
        this.#asked = this.#shelf.buyable(this.#random);
        return `/api/carts/${this.#cartId}/items/${this.#asked}`;
      case 'removeItem':
        this.#asked = this.#items[0] ?? '';
        return `/api/carts/${this.#cartId}/items/${this.#asked}`;
      case 'cart':
        return `/api/carts/${this.#cartId}`;
      case 'checkout':
      case 'checkoutAgain':
        return `/api/carts/${this.#cartId}/checkout`;
      case 'order':
        return `/api/orders/${this.#orderId ?? ''}`;
    }
  }

  #body(step: StepName): unknown {
    if (step === 'setItem') return { quantity: between(this.#random, 1, 2) };
    if (step !== 'checkout' && step !== 'checkoutAgain') return null;
    const version = this.#version === null ? {} : { version: this.#version };
    return { payment: { token: this.card }, address: ADDRESS, ...version };
  }

  /** Takes the answer in, moves on to the next step, and says whether it was one that the step may get. */
  accept(step: StepName, answer: Answer): Verdict {
    const verdict = broken(answer) ?? this.#judge(step, answer);
    if (step === this.journey.steps[this.#next]) this.#next += 1;
    if (verdict.failure !== null) this.#next = this.journey.steps.length;
    return verdict;
  }

  #judge(step: StepName, answer: Answer): Verdict {
    switch (step) {
      case 'session':
        this.#token = textField(answer.body, 'token');
        return answer.status === 201 && this.#token !== null ? fine : unexpected(answer);
      case 'list':
      case 'search':
      case 'product':
        if (answer.status !== 200) return unexpected(answer);
        this.#shelf.learn(answer.body);
        return fine;
      case 'setItem':
        if (code(answer) !== '409 out_of_stock') return this.#readCart(answer, 200);
        this.#shelf.soldOut(this.#asked);
        return fine;
      case 'createCart':
        return this.#readCart(answer, 201);
      case 'cart':
      case 'removeItem':
        return this.#readCart(answer, 200);
      case 'checkout':
        return this.#judgeCheckout(answer);
      case 'checkoutAgain':
        return this.#judgeRepeated(answer);
      case 'order':
        return this.#judgeOrder(answer);
    }
  }

  #readCart(answer: Answer, expected: number): Verdict {
    const items = field(answer.body, 'items');
    const id = textField(answer.body, 'id');
    if (answer.status !== expected) return unexpected(answer);
    if (id === null || !Array.isArray(items)) return failed('wrong_answer', 'the answer is no cart');
    if (this.#cartId !== '' && id !== this.#cartId) return failed('wrong_answer', `cart ${id} is not mine`);
    this.#cartId = id;
    this.#version = numberField(answer.body, 'version');
    this.#items = (items as unknown[]).map((item) => textField(item, 'productId') ?? '');
    return fine;
  }

  #judgeCheckout(answer: Answer): Verdict {
    const refused = this.card === 'tok_declined' || this.card === 'tok_insufficient_funds';
    if (code(answer) === '409 out_of_stock') return cancelled(answer);
    if (code(answer) === '402 card_declined' && (refused || this.card === 'tok_timeout'))
      return cancelled(answer);
    const mayBePaid = answer.status === 201 && !refused;
    if (!mayBePaid && answer.status !== 202) return unexpected(answer);
    return this.#takeOrder(answer);
  }

  #takeOrder(answer: Answer): Verdict {
    const orderId = textField(answer.body, 'orderId');
    const status = textField(answer.body, 'status');
    const totalCents = numberField(answer.body, 'totalCents');
    const expected = answer.status === 201 ? 'paid' : 'payment_pending';
    if (orderId === null || totalCents === null || status !== expected) {
      return failed('wrong_answer', `${answer.status} with status ${status ?? 'missing'}`);
    }
    this.#orderId = orderId;
    this.#totalCents = totalCents;
    this.#order = expected === 'paid' ? 'paid' : 'pending';
    return { ...fine, orderId, totalCents: expected === 'paid' ? totalCents : null };
  }

  #judgeRepeated(answer: Answer): Verdict {
    const refused = answer.status === 402 || code(answer) === '409 out_of_stock';
    if (this.pending && refused) return cancelled(answer);
    if (this.pending && code(answer) === '409 in_progress') return fine;
    const before = { orderId: this.#orderId, totalCents: this.#totalCents, order: this.#order };
    if (answer.status !== 201 && answer.status !== 202) return unexpected(answer);
    const verdict = this.#takeOrder(answer);
    const changed =
      this.#orderId !== before.orderId ||
      this.#totalCents !== before.totalCents ||
      (before.order === 'paid' && this.#order !== 'paid');
    return changed ? failed('wrong_answer', 'the same key gave another answer') : verdict;
  }

  #judgeOrder(answer: Answer): Verdict {
    if (answer.status !== 200) return unexpected(answer);
    const status = textField(answer.body, 'status');
    const totalCents = numberField(answer.body, 'totalCents');
    const paid = status === 'paid' || status === 'shipped';
    if (this.#order === 'paid' && !paid)
      return failed('wrong_answer', `a paid order became ${status ?? 'nothing'}`);
    if (this.#order === 'cancelled' && status !== 'cancelled')
      return failed('wrong_answer', `a cancelled order became ${status ?? 'nothing'}`);
    if (totalCents !== this.#totalCents)
      return failed('wrong_answer', `total ${totalCents} is not ${this.#totalCents}`);
    if (paid) this.#order = 'paid';
    else if (status === 'cancelled') this.#order = 'cancelled';
    else if (status !== 'pending' && status !== 'payment_pending')
      return failed('wrong_answer', `status ${status}`);
    return {
      ...{ failure: null, orderId: this.#orderId, totalCents: paid ? totalCents : null },
      cancelled: status === 'cancelled',
    };
  }
}

const code = (answer: Answer): string => `${answer.status} ${textField(answer.body, 'code') ?? ''}`;

/** A refused checkout names its order, which stays as a cancelled one. */
const cancelled = ({ body }: Answer): Verdict => ({
  ...fine,
  orderId: textField(field(body, 'details'), 'orderId'),
  cancelled: true,
});

const unexpected = (answer: Answer): Verdict => failed('unexpected_status', described(answer));
