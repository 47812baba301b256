import { catalogContract } from '@atlas/catalog-contract';
import { BusinessError, PlatformError, type ModuleImplementation } from '@atlas/coupling-runtime';
import { fakeModule } from '@atlas/coupling-testkit';

/** A catalogue in memory with the promises of the real one: all or none, one reservation per order, tombstones. */
export class FakeCatalog {
  readonly stock = new Map<string, number>();
  readonly prices = new Map<string, number>();
  readonly reservations = new Map<string, ReadonlyMap<string, number> | 'released'>();
  /** Awaited before each reservation. */
  gate: Promise<void> = Promise.resolve();
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
        this.#reach();
        this.#reserve(orderId, new Map(lines.map((line) => [line.productId, line.quantity])));
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
