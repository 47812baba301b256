/**
 * The whole checkout over a real Postgres against what must always hold, whatever happens in whatever order: customers
 * with several keys, drivers that crash at any fault point, recoveries beside each other, a bank in any mood, database
 * sessions that are ended in the middle.
 */
import type { OutputOf } from '@atlas/coupling-runtime';
import { BusinessError } from '@atlas/coupling-runtime';
import type { cartContract } from '@atlas/cart-contract';
import { armFaults } from '@atlas/platform-fault';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { cartDatabase, type CartDatabase } from './cart-database.ts';
import { CartWorld } from './cart-world.ts';
import { LAGS, type Lag } from './fake-catalog.ts';
import { MOODS, MoodyPayment, type Mood } from './moody-payment.ts';

type Answer = OutputOf<(typeof cartContract)['operations']['checkout']>;

/** What a customer asks with one key: always the same. */
const ASKS = [
  { key: 'k1', cart: 0, token: 'tok_ok' },
  { key: 'k2', cart: 0, token: 'tok_ok' },
  { key: 'k3', cart: 0, token: 'tok_declined' },
  { key: 'k4', cart: 1, token: 'tok_ok' },
  { key: 'k5', cart: 1, token: 'tok_insufficient_funds' },
] as const;

type Deed =
  | { readonly what: 'asks'; readonly who: number }
  /** In the middle of the moment leases (or the patience) end, and somebody else takes over. */
  | { readonly what: 'takes_over' | 'gives_up' }
  | { readonly what: 'recovers' | 'database_dies' | 'late_charges_arrive' | 'stock_arrives' };

/** A moment: what was set up before it, and what then happens at the same time. */
interface Moment {
  readonly moods: readonly Mood[];
  /** The n-th passage of any fault point of the saga is a driver's last. */
  readonly crashAt: number | undefined;
  /** Of the catalogue's next answers. */
  readonly lags: readonly Lag[];
  readonly time: 'none' | 'leases_end' | 'patience_ends';
  readonly deeds: readonly Deed[];
}

const asks = fc.record({ what: fc.constant('asks' as const), who: fc.nat(ASKS.length - 1) });
const others = fc.constantFrom(
  'takes_over',
  'takes_over',
  'gives_up',
  'recovers',
  'late_charges_arrive',
  'stock_arrives',
);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 10, arbitrary: asks },
  { weight: 10, arbitrary: others.map((what) => ({ what })) },
  { weight: 1, arbitrary: fc.constant({ what: 'database_dies' as const }) },
);
const moment: fc.Arbitrary<Moment> = fc.record({
  moods: fc.array(fc.constantFrom(...MOODS), { maxLength: 4 }),
  lags: fc.array(fc.constantFrom(...LAGS), { maxLength: 3 }),
  crashAt: fc.option(fc.integer({ min: 1, max: 24 }), { nil: undefined, freq: 2 }),
  time: fc.constantFrom('none', 'leases_end', 'leases_end', 'patience_ends'),
  deeds: fc.array(deed, { minLength: 1, maxLength: 4 }),
});

const DEADLINE_MS = 450;
/** A question that is to lag is there by then. */
const HELD_WITHIN_MS = 100;
const RUNS = 25;
const PIECES = 2;

const quiet = { moods: [], crashAt: undefined, time: 'none' } as const;
const first: Deed = { what: 'asks', who: 0 };

/** Stock and moments that chance seldom comes upon. */
const HARD_ONES: readonly [number, Moment[]][] = [
  // The driver hears that stock is reserved after the order was given up.
  [10, [{ ...quiet, lags: ['answer'], deeds: [first, { what: 'gives_up' }] }]],
  // The driver's question for stock arrives after another found too little, and after more has come.
  [1, [{ ...quiet, lags: ['question'], deeds: [first, { what: 'takes_over' }, { what: 'stock_arrives' }] }]],
  // The charge arrives after the cancel.
  [10, [{ ...quiet, moods: ['slow_question'], lags: [], deeds: [first, { what: 'gives_up' }] }]],
];

class Story {
  readonly world: CartWorld;
  readonly bank: MoodyPayment;
  readonly carts: readonly string[];
  /** All there ever was. */
  stock: number;
  readonly #db: CartDatabase;
  /** Definite answers, by key: they must never change. */
  readonly #told = new Map<string, string>();

  private constructor(db: CartDatabase, parts: Pick<Story, 'world' | 'bank' | 'carts' | 'stock'>) {
    this.#db = db;
    this.world = parts.world;
    this.bank = parts.bank;
    this.carts = parts.carts;
    this.stock = parts.stock;
  }

  static async begin(db: CartDatabase, stock: number): Promise<Story> {
    await db.admin('TRUNCATE cart.orders, cart.carts CASCADE');
    const bank = new MoodyPayment();
    const world = await CartWorld.open(db, { payment: bank });
    world.catalog.set('tea', 10);
    const carts = [await world.newCart({ tea: PIECES }), await world.newCart({ tea: PIECES })];
    world.catalog.set('tea', stock);
    return new Story(db, { world, bank, carts, stock });
  }

  async live({ moods, lags, crashAt, time, deeds }: Moment): Promise<void> {
    if (time === 'leases_end') await this.world.timePasses();
    if (time === 'patience_ends') await this.world.patienceEnds();
    this.bank.meets(moods);
    this.world.catalog.lags = [...lags];
    armFaults(crashAt === undefined ? undefined : `saga.*=fail:${crashAt}`, 'test');
    const asked = deeds.filter(({ what }) => what === 'asks').map((one) => this.#do(one));
    if (asked.length > 0 && lags.some((lag) => lag !== 'none'))
      await this.world.catalog.anyHeld(HELD_WITHIN_MS);
    for (const one of deeds) if (one.what !== 'asks') await this.#do(one);
    this.world.catalog.letGo();
    await Promise.all(asked);
    armFaults(undefined, 'test');
  }

  /** Everybody is well again: whatever is open comes to its end, and every key to its answer. */
  async end(): Promise<void> {
    this.bank.meets([]);
    this.world.catalog.lags = [];
    this.bank.lateChargesArrive();
    await this.#recoverAll();
    for (const who of ASKS.keys()) await this.ask(who, 10_000);
    await this.#recoverAll();
    for (const who of ASKS.keys()) await this.ask(who, 10_000);
  }

  async #recoverAll(): Promise<void> {
    for (let round = 0; ; round += 1) {
      await (round < 5 ? this.world.timePasses() : this.world.patienceEnds());
      // A session that was just ended is noticed by the next who uses it.
      const { open } = await this.world.recover().catch(() => ({ open: undefined }));
      if (open === 0) return;
      if (round > 20) throw new Error('orders stay open');
    }
  }

  async #do(one: Deed): Promise<void> {
    if (one.what === 'asks') return this.ask(one.who, DEADLINE_MS);
    if (one.what === 'late_charges_arrive') return this.bank.lateChargesArrive();
    if (one.what === 'stock_arrives') return this.#restock();
    if (one.what === 'database_dies') return this.#endSessions();
    if (one.what === 'takes_over') await this.world.timePasses();
    if (one.what === 'gives_up') await this.world.patienceEnds();
    await this.world.recover().catch(() => undefined);
  }

  #restock(): void {
    this.stock += PIECES;
    this.world.catalog.set('tea', this.world.catalog.stockOf('tea') + PIECES);
  }

  async #endSessions(): Promise<void> {
    const own = `application_name = 'cart-test:0' AND datname = current_database()`;
    await this.#db.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${own}`);
  }

  async ask(who: number, deadlineMs: number): Promise<void> {
    const { key, cart, token } = ASKS[who] ?? ASKS[0];
    const order = this.world.order(this.carts[cart] ?? '', { token });
    const asked = this.world.cart.checkout(order, this.world.call(`${this.carts[0]}:${key}`, { deadlineMs }));
    const said = await asked.then(definiteAnswer, definiteRefusal);
    if (said === undefined) return;
    expect(said).toBe(this.#told.get(key) ?? said);
    this.#told.set(key, said);
  }
}

const definiteAnswer = ({ status, orderId }: Answer): string | undefined =>
  status === 'paid' ? `paid ${orderId}` : undefined;

/** A refusal that names its order is the order's end, but when that is not known yet. */
function definiteRefusal(error: unknown): string | undefined {
  if (!(error instanceof BusinessError) || error.code === 'in_progress') return undefined;
  const orderId = error.details?.['orderId'];
  return typeof orderId === 'string' ? `${error.code} ${orderId}` : undefined;
}

async function checkEnd({ world, bank, carts, stock }: Story): Promise<void> {
  const orders = await world.orders();
  const paid = orders.filter(({ status }) => status === 'paid').map(({ id }) => String(id));
  expect(orders.map(({ status }) => status)).toEqual(orders.map(({ saga }) => saga));
  // Captured once per order at most; what was captured and then cancelled is voided.
  expect(new Set(bank.captures).size).toBe(bank.captures.length);
  const standing = [...bank.charges].filter(([, state]) => state === 'captured').map(([orderId]) => orderId);
  expect(standing.sort()).toEqual(paid.sort());
  for (const { id, status } of orders) {
    const orderId = String(id);
    expect(bank.charges.get(orderId) === 'captured').toBe(status === 'paid');
    expect(await world.paidEvents(orderId)).toBe(status === 'paid' ? 1 : 0);
    const held = world.catalog.reservations.get(orderId);
    expect(held instanceof Map).toBe(status === 'paid');
  }
  expect(world.catalog.stockOf('tea')).toBe(stock - PIECES * paid.length);
  expect(paid.length).toBeLessThanOrEqual(carts.length);
}

describe('checkouts over Postgres, whatever happens', () => {
  let db: CartDatabase;
  let story: Story | undefined;
  beforeAll(async () => {
    db = await cartDatabase(inject('postgresUrl'));
  });
  afterEach(() => armFaults(undefined, 'test'));
  afterAll(() => db.close());

  it('take the money once or not at all, keep the stock right, and never change an answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 3, 10),
        fc.array(moment, { minLength: 1, maxLength: 6 }),
        async (stock, moments) => {
          story = await Story.begin(db, stock);
          try {
            for (const next of moments) await story.live(next);
            await story.end();
            await checkEnd(story);
          } finally {
            armFaults(undefined, 'test');
            await story.world.coupling.close().catch(() => undefined);
          }
        },
      ),
      { numRuns: RUNS, endOnFailure: true, examples: [...HARD_ONES] },
    );
  }, 120_000);
});
