import {
  keyedTransaction,
  type Bounded,
  type Database,
  type EffectKey,
  type Statement,
} from '@atlas/platform-database';
import type { Cart } from '../domain/cart.ts';
import type { CartStore, ChangeResult, KeyedChange } from '../ports/cart-store.ts';
import { LOCK_CART, SAVE_CART } from './checkout-statements.ts';

const CREATE: Statement = {
  name: 'cart.create',
  text: `INSERT INTO carts (id, session_id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id, items, version`,
};
const FIND: Statement = {
  name: 'cart.find',
  text: 'SELECT id, items, version FROM carts WHERE id = $1 AND session_id = $2',
};
const ANSWERED: Statement = {
  name: 'cart.answered',
  text: 'SELECT answer FROM idempotency_keys WHERE scope = $1 AND key = $2 AND body_hash = $3',
};

/** Leaves a keyed transaction without a trace. */
class Refused<Code> extends Error {
  readonly code: Code;
  constructor(code: Code) {
    super(String(code));
    this.code = code;
  }
}

const effectKey = ({ sessionId, key, bodyHash }: KeyedChange): EffectKey => ({
  scope: `setItem:${sessionId}`,
  key,
  bodyHash,
});

/** Carts in Postgres, one row each, by prepared statements. */
export class PostgresCartStore implements CartStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create(id: string, sessionId: string, bound: Bounded): Promise<Cart> {
    const [made] = await this.#database.query<Cart>(bound, CREATE, [id, sessionId]);
    const cart = made ?? (await this.find(id, sessionId, bound));
    if (!cart) throw new Error(`cart ${id} belongs to another session`);
    return cart;
  }

  async find(id: string, sessionId: string, bound: Bounded): Promise<Cart | undefined> {
    const [cart] = await this.#database.query<Cart>(bound, FIND, [id, sessionId]);
    return cart;
  }

  async change<Refusal extends string>(
    change: KeyedChange,
    rule: (cart: Cart) => Cart | Refusal,
    bound: Bounded,
  ): Promise<ChangeResult<Refusal>> {
    try {
      const done = await keyedTransaction<Cart>(this.#database, bound, effectKey(change), async (tx) => {
        const [cart] = await tx.query<Cart>(LOCK_CART, [change.cartId, change.sessionId]);
        if (!cart) throw new Refused('cart_not_found' as const);
        const next = rule(cart);
        if (typeof next === 'string') throw new Refused(next);
        const { id, items, version } = next;
        if (next !== cart) tx.defer(SAVE_CART, [id, JSON.stringify(items), version]);
        return next;
      });
      if (done.outcome === 'done') return { kind: 'done', cart: done.answer };
      return { kind: 'refused', code: done.outcome === 'conflict' ? 'key_conflict' : 'in_progress' };
    } catch (error) {
      if (error instanceof Refused)
        return { kind: 'refused', code: error.code as Refusal | 'cart_not_found' };
      throw error;
    }
  }

  async answered(change: KeyedChange, bound: Bounded): Promise<Cart | undefined> {
    const { scope, key, bodyHash } = effectKey(change);
    const [row] = await this.#database.query<{ answer: Cart | null }>(bound, ANSWERED, [
      scope,
      key,
      bodyHash,
    ]);
    return row?.answer ?? undefined;
  }
}
