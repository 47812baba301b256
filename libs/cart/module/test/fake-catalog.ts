import { catalogContract } from '@atlas/catalog-contract';
import { BusinessError, PlatformError, type ModuleImplementation } from '@atlas/coupling-runtime';
import { fakeModule } from '@atlas/coupling-testkit';
import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** Whether a question of `reserveStock` or its answer is on its way until it is let go. */
export const LAGS = ['none', 'question', 'answer'] as const;
export type Lag = (typeof LAGS)[number];
/** Then it goes on by itself. */
const LONGEST_LAG_MS = 200;

/** A catalogue in memory with the promises of the real one: all or none, one reservation per order, tombstones. */
export class FakeCatalog {
  readonly stock = new Map<string, number>();
  readonly prices = new Map<string, number>();
  readonly reservations = new Map<string, ReadonlyMap<string, number> | 'released'>();
  /** Awaited before each reservation. */
  gate: Promise<void> = Promise.resolve();
  /** Of the next reservations, one each. */
  lags: Lag[] = [];
  readonly #events = new EventEmitter().setMaxListeners(0);
  /** The module cannot be reached. */
  away = false;

  set(productId: string, stock: number, priceCents = 250): void {
    this.stock.set(productId, stock);
    this.prices.set(productId, priceCents);
  }

  stockOf = (productId: string): number => this.stock.get(productId) ?? 0;

  implementation(): ModuleImplementation {
    return fakeModule(catalogContract, {
      getProduct: ({ id }) => this.#product(id),
      reserveStock: async ({ orderId, lines }) => {
        await this.gate;
        const lag = this.lags.shift();
        if (lag === 'question') await this.#held();
        this.#reach();
        this.#reserve(orderId, new Map(lines.map((line) => [line.productId, line.quantity])));
        if (lag === 'answer') await this.#held();
        return { orderId };
      },
      releaseStock: ({ orderId }) => {
        this.#reach();
        const held = this.reservations.get(orderId);
        if (held instanceof Map)
          for (const [id, quantity] of held) this.stock.set(id, this.stockOf(id) + quantity);
        this.reservations.set(orderId, 'released');
        return Promise.resolve({ orderId });
      },
    });
  }

  /** Resolves when something is held up, or after `withinMs`. */
  async anyHeld(withinMs: number): Promise<void> {
    await this.#within('held', withinMs);
  }

  letGo(): void {
    this.#events.emit('go');
  }

  async #held(): Promise<void> {
    this.#events.emit('held');
    await this.#within('go', LONGEST_LAG_MS);
  }

  async #within(event: string, ms: number): Promise<void> {
    const over = new AbortController();
    const options = { signal: over.signal };
    await Promise.race([once(this.#events, event, options), wait(ms, undefined, options)]);
    over.abort();
  }

  #reach(): void {
    if (this.away) throw new PlatformError('unavailable');
  }

  #product(id: string) {
    const priceCents = this.prices.get(id);
    if (priceCents === undefined) return Promise.reject(new BusinessError('product_not_found'));
    const stock = this.stockOf(id);
    return Promise.resolve({
      id,
      name: id,
      description: '',
      priceCents,
      currency: 'EUR',
      stock,
      imageUrl: '',
    } as const);
  }

  #reserve(orderId: string, wanted: ReadonlyMap<string, number>): void {
    const known = this.reservations.get(orderId);
    if (known === 'released') throw new BusinessError('reservation_released');
    if (known) return;
    for (const [id, quantity] of wanted)
      if (this.stockOf(id) < quantity) throw new BusinessError('out_of_stock', undefined, { productId: id });
    for (const [id, quantity] of wanted) this.stock.set(id, this.stockOf(id) - quantity);
    this.reservations.set(orderId, wanted);
  }
}
