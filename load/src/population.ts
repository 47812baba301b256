/**
 * Who makes the next request.
 *
 * P1  An arrival is never delayed: when no customer's next step is due, a new customer comes in. Slow answers thus
 *     mean more customers, as in life, and never fewer requests.
 * P2  Of the customers whose think time is over, the one who has waited longest goes first.
 * P3  Some arrivals are new customers even when others wait, so that the mix stays steady when the rate changes.
 */
import { Customer } from './customer.ts';
import { journeys, thinkTimeMs, type MixName, type StepName } from './journey.ts';
import { seededRandom, type Random } from './random.ts';
import type { Shelf } from './shelf.ts';

/** P3: half of what an average journey of ten steps needs; P1 brings in the rest. */
const NEWCOMERS = 0.05;

export interface Turn {
  readonly customer: Customer;
  readonly step: StepName;
}

interface Waiting {
  readonly dueMs: number;
  readonly customer: Customer;
}

export class Population {
  readonly #journeys: ReturnType<typeof journeys>;
  readonly #random: Random;
  readonly #shelf: Shelf;
  readonly #thinkMs: number;
  readonly #queue: Waiting[] = [];

  /** `thinkMs`: average pause between two steps of a customer. */
  constructor(
    { seed, thinkMs, mix }: { readonly seed: number; readonly thinkMs: number; readonly mix: MixName },
    shelf: Shelf,
  ) {
    this.#thinkMs = thinkMs;
    this.#journeys = journeys(seededRandom(seed, 'journeys'), mix);
    this.#random = seededRandom(seed, 'customers');
    this.#shelf = shelf;
  }

  /** The customer whose turn it is at `nowMs`, and the step that it takes. */
  next(nowMs: number): Turn {
    const first = this.#queue[0];
    if (first !== undefined && first.dueMs <= nowMs && this.#random() >= NEWCOMERS) {
      this.#takeFirst();
      const { customer } = first;
      if (customer.step !== undefined) return { customer, step: customer.step };
    }
    return this.newcomer();
  }

  newcomer(): Turn {
    const customer = new Customer(this.#journeys.next().value, this.#shelf, this.#random);
    return { customer, step: customer.step ?? 'session' };
  }

  /** The customer has its answer and thinks about the next step; a customer without one leaves. */
  answered(customer: Customer, nowMs: number): void {
    if (customer.step === undefined) return;
    this.#add({ dueMs: nowMs + thinkTimeMs(this.#random, this.#thinkMs), customer });
  }

  /** Customers between two steps. */
  get waiting(): number {
    return this.#queue.length;
  }

  #add(entry: Waiting): void {
    const queue = this.#queue;
    let at = queue.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((queue[parent]?.dueMs ?? 0) <= entry.dueMs) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #takeFirst(): void {
    const queue = this.#queue;
    const last = queue.pop();
    if (last === undefined || queue.length === 0) return;
    queue[0] = last;
    for (let at = 0; ;) {
      const child = this.#earlier(2 * at + 1, 2 * at + 2);
      if (this.#due(child) >= last.dueMs) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #due(at: number): number {
    return this.#queue[at]?.dueMs ?? Infinity;
  }

  #earlier(a: number, b: number): number {
    return this.#due(a) <= this.#due(b) ? a : b;
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#queue[a], this.#queue[b]];
    if (x !== undefined && y !== undefined) [this.#queue[a], this.#queue[b]] = [y, x];
  }
}
