/**
 * Remembers what was read for a moment, and lets equal reads share one.
 *
 * F1  Nothing is told that was read more than `FRESH_MS` ago, counted from the start of the read. What is remembered
 *     decides nothing: stock is taken by the ledger alone (E7).
 * F2  A read is shared only among calls of one epoch.
 * F3  A shared read that ran out of its starter's time fails nobody who has time left: they share the next one. Each for
 *     himself, they would be the most reads of all just when the database is slow.
 * F4  At most `MOST_ENTRIES` answers of a kind are remembered, the oldest forgotten first; and none for long that is too
 *     old to be told: a page holds a hundred products, and whoever asks chooses how many different ones there are.
 */
import { PlatformError, steadyNow } from '@atlas/coupling-runtime';
import type { PageQuery, PlacedProduct, Product, ProductStore, Reader } from '../ports/product-store.ts';

/** Half of what shown stock may be old: the edge has its own share of that second. */
export const FRESH_MS = 500;
export const MOST_ENTRIES = 2_000;

interface Remembered<T> {
  readonly value: T;
  readonly readAt: number;
}

/** Answers by key, and the reads that are under way. */
class Answers<T> {
  readonly #known = new Map<string, Remembered<T>>();
  readonly #flights = new Map<string, Promise<T>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async get(key: string, reader: Reader, read: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known && this.#now() - known.readAt <= FRESH_MS) return known.value; // F1
    const flight = `${reader.epoch} ${key}`; // F2
    const shared = this.#flights.get(flight);
    if (!shared) return this.#fly(flight, key, read);
    return shared.catch((error: unknown) => {
      if (!ranOut(error) || steadyNow() >= reader.deadlineAt) throw error;
      return this.get(key, reader, read); // F3
    });
  }

  async #fly(flight: string, key: string, read: () => Promise<T>): Promise<T> {
    const readAt = this.#now();
    const reading = read();
    this.#flights.set(flight, reading);
    try {
      const value = await reading;
      this.#remember(key, { value, readAt });
      return value;
    } finally {
      this.#flights.delete(flight);
    }
  }

  /** F4. */
  #remember(key: string, answer: Remembered<T>): void {
    this.#known.delete(key);
    this.#known.set(key, answer);
    for (const [oldest, { readAt }] of this.#known) {
      if (this.#known.size <= MOST_ENTRIES && this.#now() - readAt <= FRESH_MS) return;
      this.#known.delete(oldest);
    }
  }

  get size(): number {
    return this.#known.size;
  }
}

const ranOut = (error: unknown): boolean =>
  error instanceof PlatformError && error.code === 'deadline_exceeded';

export class FreshProductStore implements ProductStore {
  readonly #store: ProductStore;
  readonly #pages: Answers<readonly PlacedProduct[]>;
  readonly #products: Answers<Product | undefined>;

  /** `now`: milliseconds of a clock that never jumps. */
  constructor(store: ProductStore, now: () => number = () => performance.now()) {
    this.#store = store;
    this.#pages = new Answers(now);
    this.#products = new Answers(now);
  }

  /** Answers remembered now. */
  get size(): number {
    return this.#pages.size + this.#products.size;
  }

  page(query: PageQuery, reader: Reader): Promise<readonly PlacedProduct[]> {
    const key = `${query.after} ${query.limit} ${query.search ?? ''}`;
    return this.#pages.get(key, reader, () => this.#store.page(query, reader));
  }

  byId(id: string, reader: Reader): Promise<Product | undefined> {
    return this.#products.get(id, reader, () => this.#store.byId(id, reader));
  }
}
