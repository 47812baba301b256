import { PlatformError, steadyNow } from '@atlas/coupling-runtime';
import { beforeEach, describe, expect, test } from 'vitest';
import { FRESH_MS, FreshProductStore, MOST_ENTRIES } from '../src/adapters/fresh-product-store.ts';
import type { PageQuery, PlacedProduct, Product, ProductStore } from '../src/ports/product-store.ts';

const reader = (epoch: number) => ({ epoch, deadlineAt: Number.MAX_SAFE_INTEGER });

/** A store whose reads end when the test says so. */
class SlowStore implements ProductStore {
  readonly reads: { resolve(): void; reject(error: unknown): void }[] = [];

  page(_query: PageQuery): Promise<readonly PlacedProduct[]> {
    return this.#read([]);
  }

  byId(id: string): Promise<Product> {
    const stock = this.reads.length;
    return this.#read({
      id,
      stock,
      name: '',
      description: '',
      priceCents: 1,
      currency: 'EUR',
      imageUrl: '',
    });
  }

  #read<T>(value: T): Promise<T> {
    return new Promise((resolve, reject) => this.reads.push({ resolve: () => resolve(value), reject }));
  }
}

let slow: SlowStore;
let fresh: FreshProductStore;
let now: number;

beforeEach(() => {
  slow = new SlowStore();
  now = 0;
  fresh = new FreshProductStore(slow, () => now);
});

const stockOf = async (read: Promise<Product | undefined>): Promise<number | undefined> =>
  (await read)?.stock;

describe('a fresh product store', () => {
  test('tells nothing that was read too long ago, counted from the start of the read', async () => {
    const first = fresh.byId('a', reader(1));
    now = 100;
    slow.reads[0]?.resolve();
    expect(await stockOf(first)).toBe(0);
    now = 500;
    expect(await stockOf(fresh.byId('a', reader(1)))).toBe(0);
    now = 501;
    const again = fresh.byId('a', reader(1));
    slow.reads[1]?.resolve();
    expect(await stockOf(again)).toBe(1);
  });

  test('shares a read within an epoch, and only there', async () => {
    const reads = [1, 1, 2, 2, 1].map((epoch) => fresh.byId('a', reader(epoch)));
    expect(slow.reads).toHaveLength(2);
    for (const read of slow.reads) read.resolve();
    expect(await Promise.all(reads.map(stockOf))).toEqual([0, 0, 1, 1, 0]);
  });

  test('lets those who share a read that ran out of time share the next one', async () => {
    const [first, ...others] = [1, 1, 1, 1].map((epoch) => fresh.byId('a', reader(epoch)));
    slow.reads[0]?.reject(new PlatformError('deadline_exceeded'));
    await expect(first).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect.poll(() => slow.reads.length).toBeGreaterThan(1);
    expect(slow.reads).toHaveLength(2);
    slow.reads[1]?.resolve();
    expect(await Promise.all(others.map(stockOf))).toEqual([1, 1, 1]);
  });

  test('reads no more for whom time is over, too', async () => {
    const first = fresh.byId('a', reader(1));
    const late = fresh.byId('a', { epoch: 1, deadlineAt: steadyNow() });
    slow.reads[0]?.reject(new PlatformError('deadline_exceeded'));
    for (const read of [first, late]) await expect(read).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(slow.reads).toHaveLength(1);
  });

  test('passes any other failure on to all who share it, and forgets it', async () => {
    const reads = [1, 1].map((epoch) => fresh.byId('a', reader(epoch)));
    slow.reads[0]?.reject(new PlatformError('dependency_unavailable'));
    for (const read of reads) await expect(read).rejects.toMatchObject({ code: 'dependency_unavailable' });
    const next = fresh.byId('a', reader(1));
    slow.reads[1]?.resolve();
    expect(await stockOf(next)).toBe(1);
  });

  test('forgets the oldest answer when it knows too many', async () => {
    for (let n = 0; n <= MOST_ENTRIES; n += 1) {
      const read = fresh.byId(`p${n}`, reader(1));
      slow.reads[n]?.resolve();
      await read;
    }
    await fresh.byId(`p${MOST_ENTRIES}`, reader(1));
    expect(slow.reads).toHaveLength(MOST_ENTRIES + 1);
    const forgotten = fresh.byId('p0', reader(1));
    expect(slow.reads).toHaveLength(MOST_ENTRIES + 2);
    slow.reads.at(-1)?.resolve();
    await forgotten;
  });

  test('does not keep what is too old to be told', async () => {
    for (let n = 0; n < 10; n += 1) {
      const read = fresh.byId(`p${n}`, reader(1));
      slow.reads[n]?.resolve();
      await read;
    }
    expect(fresh.size).toBe(10);
    now = FRESH_MS + 1;
    const next = fresh.byId('next', reader(1));
    slow.reads.at(-1)?.resolve();
    await next;
    expect(fresh.size).toBe(1);
  });

  test('keeps pages of different queries apart', async () => {
    const all: PageQuery = { search: undefined, after: -1, limit: 10 };
    const reads = [all, { ...all, limit: 11 }, { ...all, after: 0 }, { ...all, search: 'a:*' }].map((query) =>
      fresh.page(query, reader(1)),
    );
    expect(slow.reads).toHaveLength(4);
    for (const read of slow.reads) read.resolve();
    await Promise.all(reads);
  });
});
