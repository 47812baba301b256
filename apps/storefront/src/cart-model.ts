/**
 * The cart as the page shows it: what the shop confirmed, with what was asked for since laid over it.
 *
 * C1  A wish shows at once.
 * C2  Per product only the newest wish counts; one request is under way at a time.
 * C3  A refused wish is taken back: the page shows what the shop confirmed, and says why in a friendly word.
 */
import { Problem } from './api/request.ts';
import type { Cart, CartLine } from './api/types.ts';

/** What of a product a wish needs to be shown. */
export interface Wanted {
  readonly productId: string;
  readonly name: string;
  readonly priceCents: number;
  readonly quantity: number;
}

/** The shop's side of it. */
export interface CartShop {
  load(): Promise<Cart>;
  setQuantity(cartId: string, productId: string, quantity: number): Promise<Cart>;
}

export interface CartView {
  /** Undefined until the shop has answered the first time. */
  readonly cart: Cart | undefined;
  /** A wish is not confirmed yet. */
  readonly busy: boolean;
  /** What happened last, for eyes and screen readers alike; empty when nothing is to be said. */
  readonly notice: string;
  readonly refused: boolean;
}

/** A cart with wishes laid over it; lines keep their order, new ones come last. */
export function withWishes(cart: Cart, wishes: Iterable<Wanted>): Cart {
  const lines = new Map<string, CartLine>(cart.items.map((line) => [line.productId, line]));
  for (const { productId, quantity, priceCents } of wishes)
    lines.set(productId, { priceCents, ...lines.get(productId), productId, quantity });
  const items = [...lines.values()].filter(({ quantity }) => quantity > 0);
  const totalCents = items.reduce((sum, line) => sum + line.quantity * line.priceCents, 0);
  return { ...cart, items, totalCents };
}

const EMPTY: Cart = { id: '', items: [], totalCents: 0, currency: 'EUR', version: 0 };

function refusalOf(error: unknown, name: string): string {
  const code = error instanceof Problem ? error.code : '';
  if (code === 'out_of_stock') return `That was quicker than us: there are no more of ${name}.`;
  if (code === 'product_not_found') return `${name} has left our range.`;
  return `${name} is as it was before: the shop did not answer in time.`;
}

const said = ({ name, quantity }: Wanted): string =>
  quantity === 0 ? `${name} removed` : `${name}: ${quantity} in your cart`;

export class CartModel {
  readonly #shop: CartShop;
  readonly #wishes = new Map<string, Wanted>();
  readonly #listeners = new Set<() => void>();
  #confirmed: Cart | undefined;
  #sending: Promise<void> | undefined;
  #view: CartView = { cart: undefined, busy: false, notice: '', refused: false };

  constructor(shop: CartShop) {
    this.#shop = shop;
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly view = (): CartView => this.#view;

  /** Reads the cart from the shop. @throws Problem when there is no answer. */
  readonly reload = async (): Promise<void> => {
    this.#confirmed = await this.#shop.load();
    this.#show();
  };

  /** C1. Resolves when nothing is left to be confirmed. */
  readonly want = (wish: Wanted): Promise<void> => {
    this.#wishes.set(wish.productId, wish);
    this.#show({ notice: said(wish), refused: false });
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
      this.#show();
    });
    return this.#sending;
  };

  /** One more of a product, counted from what is shown. */
  readonly add = (product: Omit<Wanted, 'quantity'>): Promise<void> => {
    const shown = this.#view.cart?.items.find((line) => line.productId === product.productId);
    return this.want({ ...product, quantity: (shown?.quantity ?? 0) + 1 });
  };

  /** Resolves when nothing is left to be confirmed. */
  readonly settled = (): Promise<void> => this.#sending ?? Promise.resolve();

  readonly hush = (): void => {
    if (this.#view.notice !== '') this.#show({ notice: '', refused: false });
  };

  /** C2. */
  async #send(): Promise<void> {
    for (let [wish] = this.#wishes.values(); wish !== undefined; [wish] = this.#wishes.values()) {
      const now = wish;
      try {
        this.#confirmed ??= await this.#shop.load();
        this.#confirmed = await this.#shop.setQuantity(this.#confirmed.id, now.productId, now.quantity);
        if (this.#wishes.get(now.productId) === now) this.#wishes.delete(now.productId);
      } catch (error) {
        this.#wishes.delete(now.productId); // C3
        this.#show({ notice: refusalOf(error, now.name), refused: true });
        this.#confirmed = await this.#shop.load().catch(() => this.#confirmed);
      }
      this.#show();
    }
  }

  #show(told: Partial<Pick<CartView, 'notice' | 'refused'>> = {}): void {
    const known = this.#confirmed ?? (this.#wishes.size > 0 ? EMPTY : undefined);
    this.#view = {
      ...this.#view,
      ...told,
      cart: known && withWishes(known, this.#wishes.values()),
      busy: this.#wishes.size > 0,
    };
    for (const listener of this.#listeners) listener();
  }
}
