/** What customers do: pure scripts, drawn from a seed. Which answers they get plays no part here. */
import { between, exponential, pick, shuffled, type Random } from './random.ts';

/** Every request a customer makes, with its route label; `writes` counts it as a write. */
export const STEPS = {
  session: { method: 'POST', route: '/api/sessions', writes: false },
  list: { method: 'GET', route: '/api/products', writes: false },
  search: { method: 'GET', route: '/api/products', writes: false },
  product: { method: 'GET', route: '/api/products/{id}', writes: false },
  createCart: { method: 'POST', route: '/api/carts', writes: true },
  setItem: { method: 'PUT', route: '/api/carts/{id}/items/{productId}', writes: true },
  removeItem: { method: 'DELETE', route: '/api/carts/{id}/items/{productId}', writes: true },
  cart: { method: 'GET', route: '/api/carts/{id}', writes: false },
  checkout: { method: 'POST', route: '/api/carts/{id}/checkout', writes: true },
  /** The customer presses the button again: same key, same body, and the answer must be the same. */
  checkoutAgain: { method: 'POST', route: '/api/carts/{id}/checkout', writes: true },
  order: { method: 'GET', route: '/api/orders/{id}', writes: false },
} as const satisfies Record<string, { method: string; route: string; writes: boolean }>;

export type StepName = keyof typeof STEPS;

export const CARDS = ['tok_ok', 'tok_declined', 'tok_insufficient_funds', 'tok_timeout'] as const;
export type Card = (typeof CARDS)[number];

type Kind = 'looker' | 'abandoner' | 'buyer' | 'hasty';

interface Mix {
  /** Cards per 50 checkouts. */
  readonly deck: Readonly<Record<Card, number>>;
  /** Out of ten customers. */
  readonly kinds: readonly Kind[];
}

/**
 * Who comes. `visitors`: as in a shop. `buyers`: everybody buys at once, and half of the cards are refused, so that
 * operations which are rare in a shop are called often, too.
 */
export const MIXES = {
  visitors: {
    deck: { tok_ok: 43, tok_declined: 3, tok_insufficient_funds: 2, tok_timeout: 2 },
    kinds: [...Array<Kind>(6).fill('buyer'), 'abandoner', 'abandoner', 'looker', 'looker'],
  },
  buyers: {
    deck: { tok_ok: 23, tok_declined: 20, tok_insufficient_funds: 5, tok_timeout: 2 },
    kinds: ['hasty'],
  },
} as const satisfies Record<string, Mix>;

export type MixName = keyof typeof MIXES;

export interface Journey {
  readonly number: number;
  readonly kind: Kind;
  readonly steps: readonly StepName[];
  readonly card: Card;
}

/** Cards from shuffled decks, so that every stretch of 50 checkouts has them all, spread. */
export function* dealCards(
  random: Random,
  { deck }: Pick<Mix, 'deck'> = MIXES.visitors,
): Generator<Card, never, undefined> {
  for (;;)
    yield* shuffled(
      random,
      CARDS.flatMap((card) => Array<Card>(deck[card]).fill(card)),
    );
}

const times = (count: number, step: StepName): StepName[] => Array<StepName>(count).fill(step);

const look = (random: Random): StepName[] => [
  ...times(between(random, 1, 2), 'list'),
  ...times(between(random, 0, 1), 'search'),
  ...times(between(random, 1, 2), 'product'),
];

function stepsOf(kind: Journey['kind'], random: Random): StepName[] {
  if (kind === 'hasty') return ['session', 'product', 'createCart', 'setItem', 'cart', 'checkout', 'order'];
  if (kind === 'looker') return ['session', ...look(random), ...look(random)];
  const filling: StepName[] = [
    'session',
    ...look(random),
    'createCart',
    ...times(random() < 0.6 ? 1 : 2, 'setItem'),
  ];
  if (kind === 'abandoner') return [...filling, 'cart', ...times(between(random, 0, 1), 'removeItem')];
  return [
    ...filling,
    ...times(random() < 0.6 ? 1 : 0, 'cart'),
    'checkout',
    ...times(random() < 0.05 ? 1 : 0, 'checkoutAgain'),
    ...times(between(random, 1, 2), 'order'),
  ];
}

/** One customer after another, without end. */
export function* journeys(random: Random, name: MixName = 'visitors'): Generator<Journey, never, undefined> {
  const mix: Mix = MIXES[name];
  const cards = dealCards(random, mix);
  for (let number = 1; ; number++) {
    const kind = pick(random, mix.kinds);
    const card = kind === 'buyer' || kind === 'hasty' ? cards.next().value : 'tok_ok';
    yield { number, kind, steps: stepsOf(kind, random), card };
  }
}

/** Time between an answer and the next step, in milliseconds: a fifth of the average at least, eight times at most. */
export const thinkTimeMs = (random: Random, meanMs: number): number =>
  meanMs * Math.min(8, 0.2 + 0.8 * exponential(random));
