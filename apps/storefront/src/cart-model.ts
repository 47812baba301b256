/**
 * The cart as the page shows it: what the shop confirmed, with what was asked for since laid over it.
 *
 * C1  A wish shows at once.
 * C2  Per product only the newest wish counts; one request is under way at a time.
 * C3  A refused wish is taken back: the page shows what the shop confirmed, and says why in a friendly word.
 * C4  Of the shop's answers the newest counts, by the cart's version, whichever comes last.
 * C5  Wishes before the shop's first answer were counted from nothing: what it holds is added to them.
 * C6  A wish outlives a cart that is gone (its session is over, or another window has replaced it): the next one gets it.
 * C7  Of what the shop has less of than the cart holds, a wish for fewer that is still too many becomes all there are.
 */
import { Problem } from './api/request.ts';
import type { Cart, CartLine } from './api/types.ts';
import { NOTHING_KEPT } from './refusal.ts';

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
  /** Why the shop did not tell the cart when it was asked; undefined when it did. */
  readonly failed: unknown;
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

/** Whether both are the same goods for the same money. */
const sameGoods = (a: Cart, b: Cart): boolean =>
  a.totalCents === b.totalCents &&
  a.items.length === b.items.length &&
  a.items.every(({ productId, quantity }) =>
    b.items.some((line) => line.productId === productId && line.quantity === quantity),
  );

const EMPTY: Cart = { id: '', items: [], totalCents: 0, currency: 'EUR', version: 0 };

/** How many there are of what was refused, if the refusal says. */
const stockOf = (error: unknown): number => (error instanceof Problem ? (error.details.stock ?? 0) : 0);

const left = (stock: number): string =>
  stock === 0 ? 'are no more' : `${stock === 1 ? 'is' : 'are'} only ${stock}`;

function refusalOf(error: unknown, name: string): string {
  const code = error instanceof Problem ? error.code : '';
  if (code === 'out_of_stock') return `That was quicker than us: there ${left(stockOf(error))} of ${name}.`;
  if (code === 'product_not_found') return `${name} has left our range.`;
  if (code === 'nothing_kept') return NOTHING_KEPT;
  if (code === 'cart_full') return `Your cart is full: ${name} is as it was before.`;
  return `${name} is as it was before: the shop did not answer in time.`;
}

const said = ({ name, quantity }: Wanted): string =>
  quantity === 0 ? `${name} removed` : `${name}: ${quantity} in your cart`;

export class CartModel {
  readonly #shop: CartShop;
  readonly #wishes = new Map<string, Wanted>();
  readonly #listeners = new Set<() => void>();
  #confirmed: Cart | undefined;
  #loading: Promise<Cart> | undefined;
  #sending: Promise<void> | undefined;
  #view: CartView = { cart: undefined, busy: false, notice: '', refused: false, failed: undefined };

  constructor(shop: CartShop) {
    this.#shop = shop;
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly view = (): CartView => this.#view;

  /** Reads the cart from the shop. Without an answer what is shown stays, and `failed` says so. */
  readonly reload = async (): Promise<void> => {
    this.#show({ failed: undefined });
    const failed = await this.#load().then(
      () => undefined,
      (error: unknown) => error,
    );
    this.#show({ failed });
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

  /** The cart as the shop has confirmed it, once no wish waits; undefined when it is not what was `shown`. */
  readonly agreed = async (shown: Cart): Promise<Cart | undefined> => {
    await this.#sending;
    const cart = this.#confirmed;
    return cart && sameGoods(cart, shown) ? cart : undefined;
  };

  readonly hush = (): void => {
    if (this.#view.notice !== '') this.#show({ notice: '', refused: false });
  };

  /** C2. */
  async #send(): Promise<void> {
    for (let [wish] = this.#wishes.values(); wish !== undefined; [wish] = this.#wishes.values()) {
      let now = wish;
      let cartId = '';
      try {
        cartId = (this.#confirmed ?? (await this.#load())).id;
        now = this.#wishes.get(wish.productId) ?? wish; // C5
        this.#confirm(await this.#shop.setQuantity(cartId, now.productId, now.quantity));
        this.#take(now);
      } catch (error) {
        if (await this.#replaced(cartId, error)) continue; // C6
        if (this.#take(now)) {
          this.#settleFor(stockOf(error), now); // C7
          this.#show({ notice: refusalOf(error, now.name), refused: true }); // C3
        }
        await this.#load().catch(() => undefined);
      }
      this.#show();
    }
  }

  /** The wish has had its answer. False when a newer one has taken its place (C2). */
  #take(wish: Wanted): boolean {
    return this.#wishes.get(wish.productId) === wish && this.#wishes.delete(wish.productId);
  }

  /** C7. */
  #settleFor(stock: number, wish: Wanted): void {
    const held = this.#confirmed?.items.find(({ productId }) => productId === wish.productId)?.quantity ?? 0;
    if (stock > 0 && stock < wish.quantity && wish.quantity < held)
      this.#wishes.set(wish.productId, { ...wish, quantity: stock });
  }

  /** The cart that was asked is gone, and there is another one. */
  async #replaced(cartId: string, error: unknown): Promise<boolean> {
    if (!(error instanceof Problem && error.code === 'cart_not_found')) return false;
    const next = await this.#load().catch(() => undefined);
    return next !== undefined && next.id !== cartId;
  }

  /** One read at a time, whoever asks: two that find no cart would make two. */
  #load(): Promise<Cart> {
    return (this.#loading ??= this.#shop
      .load()
      .then((cart) => this.#confirm(cart))
      .finally(() => (this.#loading = undefined)));
  }

  /** C4. */
  #confirm(cart: Cart): Cart {
    const known = this.#confirmed;
    const overtaken = known?.id === cart.id && known.version > cart.version;
    const newest = (this.#confirmed = overtaken ? known : cart);
    if (!known) this.#countFrom(newest);
    return newest;
  }

  /** C5. What was put in and taken out again meanwhile stays out. */
  #countFrom(cart: Cart): void {
    for (const { productId, quantity } of cart.items) {
      const wish = this.#wishes.get(productId);
      if (!wish || wish.quantity === 0) continue;
      const counted = { ...wish, quantity: wish.quantity + quantity };
      this.#wishes.set(productId, counted);
      this.#show({ notice: said(counted) });
    }
  }

  #show(told: Partial<Pick<CartView, 'notice' | 'refused' | 'failed'>> = {}): void {
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
