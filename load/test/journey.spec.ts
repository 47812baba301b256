import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../src/answer.ts';
import type { Customer } from '../src/customer.ts';
import { CARDS, dealCards, journeys, STEPS, thinkTimeMs, type Card, type Journey } from '../src/journey.ts';
import { Population, type Turn } from '../src/population.ts';
import { seededRandom } from '../src/random.ts';
import { Shelf } from '../src/shelf.ts';

const seeds = fc.integer();

function taken<T>(from: Iterator<T>, count: number): T[] {
  return Array.from({ length: count }, () => from.next().value as T);
}

function stocked(): Shelf {
  const shelf = new Shelf();
  shelf.learn({ items: [{ id: 'lamp', name: 'Lamp', stock: 1_000 }] });
  return shelf;
}

/** What a shop without faults answers. */
function good({ customer, step }: Turn): Answer {
  const orderId = `order-${customer.journey.number}`;
  const cart = { id: `cart-${customer.journey.number}`, version: 1, items: [{ productId: 'lamp' }] };
  const refused =
    customer.journey.card === 'tok_declined' || customer.journey.card === 'tok_insufficient_funds';
  const [status, body] = ((): [number, unknown] => {
    if (step === 'session') return [201, { token: 't' }];
    if (step === 'checkout' || step === 'checkoutAgain') {
      return refused ? [402, { code: 'card_declined' }] : [201, { orderId, status: 'paid', totalCents: 5 }];
    }
    if (step === 'order') return [200, { status: 'paid', totalCents: 5 }];
    return [step === 'createCart' ? 201 : 200, cart];
  })();
  return { status, body, epoch: 1, mode: 'tight', rootId: null, sent: 0, done: 0, broken: null };
}

describe('the mix', () => {
  it('has at least 20 % writes, 3 % paid checkouts and every card over 10,000 requests', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const population = new Population({ seed, thinkMs: 800, mix: 'visitors' }, stocked());
        let [writes, paid] = [0, 0];
        const cards = new Set<Card>();
        const answers: { atMs: number; turn: Turn }[] = [];
        for (let n = 0; n < 10_000; n++) {
          const nowMs = n * 5;
          while ((answers[0]?.atMs ?? Infinity) <= nowMs) {
            const answered = answers.shift();
            if (answered !== undefined) population.answered(answered.turn.customer, answered.atMs);
          }
          const turn = population.next(nowMs);
          const answer = good(turn);
          expect(turn.customer.accept(turn.step, answer).failure).toBeNull();
          answers.push({ atMs: nowMs + 20, turn });
          if (STEPS[turn.step].writes) writes += 1;
          if (turn.step === 'checkout') cards.add(turn.customer.journey.card);
          if (turn.step === 'checkout' && answer.status === 201) paid += 1;
        }
        expect(writes).toBeGreaterThanOrEqual(2_000);
        expect(paid).toBeGreaterThanOrEqual(300);
        expect([...cards].sort()).toEqual([...CARDS].sort());
      }),
      { numRuns: 10 },
    );
  });

  it('is the same for the same seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const script = (): Journey[] => taken(journeys(seededRandom(seed, 'journeys')), 50);
        expect(script()).toEqual(script());
      }),
    );
  });

  it('begins every journey with a session, and pays only for what is in a cart', () => {
    for (const { steps, kind } of taken(journeys(seededRandom(5, 'journeys')), 500)) {
      expect(steps[0]).toBe('session');
      expect(steps.includes('checkout')).toBe(kind === 'buyer');
      const checkout = steps.indexOf('checkout');
      if (checkout > 0)
        expect(steps.slice(0, checkout)).toEqual(expect.arrayContaining(['createCart', 'setItem']));
    }
  });

  it('of buyers has a checkout in every journey, and about as many refused cards as good ones', () => {
    const all = taken(journeys(seededRandom(5, 'journeys'), 'buyers'), 500);
    expect(all.every(({ steps }) => steps.includes('checkout'))).toBe(true);
    const refused = all.filter(({ card }) => card === 'tok_declined' || card === 'tok_insufficient_funds');
    expect(refused.length).toBe(250);
  });

  it('deals every card within each 50 checkouts, good ones mostly and slow ones rarely', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const deck = taken(dealCards(seededRandom(seed, 'cards')), 50);
        for (const card of CARDS) expect(deck).toContain(card);
        expect(deck.filter((card) => card === 'tok_ok').length).toBeGreaterThan(40);
        expect(deck.filter((card) => card === 'tok_timeout').length).toBeLessThan(4);
      }),
    );
  });
});

describe('think time', () => {
  it('is what was asked for on average, and bounded', () => {
    const random = seededRandom(9, 'think');
    const drawn = Array.from({ length: 20_000 }, () => thinkTimeMs(random, 1_000));
    const mean = drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length;
    expect(mean).toBeGreaterThan(960);
    expect(mean).toBeLessThan(1_040);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(8_000);
  });
});

describe('the population', () => {
  it('brings in a new customer when nobody is ready', () => {
    const population = new Population({ seed: 1, thinkMs: 800, mix: 'visitors' }, stocked());
    const steps = Array.from({ length: 100 }, () => population.next(0).step);
    expect(new Set(steps)).toEqual(new Set(['session']));
  });

  it('lets nobody go before the think time is over', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const population = new Population({ seed, thinkMs: 100, mix: 'visitors' }, stocked());
        const turn = population.newcomer();
        turn.customer.accept('session', good(turn));
        population.answered(turn.customer, 1_000);
        for (let n = 0; n < 20; n++) expect(population.next(1_019).customer).not.toBe(turn.customer);
      }),
      { numRuns: 20 },
    );
  });

  it('lets those whose think time is over go before newcomers, mostly, and each once', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 60 }),
        (seed, gaps) => {
          const population = new Population({ seed, thinkMs: 100, mix: 'visitors' }, stocked());
          const turns = gaps.map((gap, i) => {
            const turn = population.newcomer();
            turn.customer.accept('session', good(turn));
            population.answered(turn.customer, i + gap);
            return turn.customer;
          });
          expect(population.waiting).toBe(turns.length);
          for (let n = 0; n < turns.length * 3 + 20; n++) {
            const { customer, step } = population.next(100_000);
            if (step === 'session') expect(turns).not.toContain(customer);
          }
          expect(population.waiting).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  /** Customers who have their session, each answered at another of these moments, far apart. */
  const waitingSince = (population: Population, moments: readonly number[]): Customer[] =>
    moments.map((moment) => {
      const turn = population.newcomer();
      turn.customer.accept('session', good(turn));
      population.answered(turn.customer, moment * 100_000);
      return turn.customer;
    });

  it('P2: lets the one go first who has waited longest', () => {
    fc.assert(
      fc.property(seeds, fc.uniqueArray(fc.nat(1_000), { minLength: 2, maxLength: 40 }), (seed, moments) => {
        const population = new Population({ seed, thinkMs: 100, mix: 'visitors' }, stocked());
        const waiting = waitingSince(population, moments);
        const went: Customer[] = [];
        while (population.waiting > 0) {
          const { customer, step } = population.next(1e9);
          if (step !== 'session') went.push(customer);
        }
        const longest = [...waiting.keys()].sort((a, b) => (moments[a] ?? 0) - (moments[b] ?? 0));
        expect(went).toEqual(longest.map((i) => waiting[i]));
      }),
      { numRuns: 50 },
    );
  });

  it('P3: brings in some newcomers even when others wait', () => {
    const population = new Population({ seed: 1, thinkMs: 100, mix: 'visitors' }, stocked());
    waitingSince(
      population,
      Array.from({ length: 2_000 }, (_, i) => i),
    );
    const turns = Array.from({ length: 1_000 }, () => population.next(1e9));
    const newcomers = turns.filter(({ step }) => step === 'session').length;
    expect(newcomers).toBeGreaterThan(20);
    expect(newcomers).toBeLessThan(100);
  });
});
