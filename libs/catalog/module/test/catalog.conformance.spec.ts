import 'reflect-metadata';
import { catalogContract } from '@atlas/catalog-contract';
import { MODULE_REGISTRY, type Client } from '@atlas/coupling-runtime';
import { createTestCoupling, type TestCoupling, type TestPlacement } from '@atlas/coupling-testkit';
import { DatabaseModule, watchTransactions } from '@atlas/platform-database';
import type { ScratchModule } from '@atlas/platform-database/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CatalogModule } from '../src/index.ts';
import { PRODUCTS, scratchCatalog } from './catalog.fixture.ts';

watchTransactions();

describe.each(['local', 'encoded', 'remote'] satisfies TestPlacement[])(
  'the catalogue, placed %s',
  (placement) => {
    let scratch: ScratchModule;
    let admin: pg.Client;
    let app: INestApplicationContext;
    let kit: TestCoupling;
    let catalog: Client<typeof catalogContract>;

    beforeAll(async () => {
      scratch = await scratchCatalog();
      admin = new pg.Client({ connectionString: scratch.url });
      await admin.connect();
      await admin.query('SET search_path = catalog');
      kit = createTestCoupling({ placement });
      const runtime = { provide: MODULE_REGISTRY, useValue: kit.registry };
      const settings = { url: scratch.roleUrl, applicationName: 'catalog-0:test', poolSize: 8 };
      const database = DatabaseModule.forHost(() => settings);
      class Host {}
      const host = { module: Host, global: true, providers: [runtime], exports: [runtime] };
      app = await NestFactory.createApplicationContext(
        { module: class Root {}, imports: [host, database, CatalogModule] },
        { logger: false },
      );
      await kit.start();
      catalog = kit.client(catalogContract);
    });
    afterAll(async () => {
      await kit.close();
      await app.close();
      await admin.end();
      await scratch.drop();
    });

    const read = () => kit.callOf();
    const keyed = (orderId: string, step: string) => kit.callOf({ key: `${orderId}:${step}` });
    const reserve = (orderId: string, ...lines: [string, number][]) =>
      catalog.reserveStock(
        { orderId, lines: lines.map(([productId, quantity]) => ({ productId, quantity })) },
        keyed(orderId, 'reserve'),
      );
    const release = (orderId: string) => catalog.releaseStock({ orderId }, keyed(orderId, 'release'));

    /** A product with this many pieces, as no other test uses it. */
    let taken = 0;
    const productWith = async (stock: number): Promise<string> => {
      const { rows } = await admin.query<{ id: string }>(
        'UPDATE products SET stock = $1, initial_stock = $1 WHERE position = $2 RETURNING id',
        [stock, (taken += 1)],
      );
      return rows[0]?.id ?? '';
    };
    const stockOf = async (id: string): Promise<number | undefined> =>
      (await admin.query<{ stock: number }>('SELECT stock FROM products WHERE id = $1', [id])).rows[0]?.stock;

    /** The ids that its pages lead through. */
    const paged = async (query: { readonly limit: number; readonly q?: string }): Promise<string[]> => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await catalog.listProducts(
          { ...query, ...(cursor === undefined ? {} : { cursor }) },
          read(),
        );
        expect(page.items.length).toBeLessThanOrEqual(query.limit);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return seen;
    };

    test('its pages lead through all products, each once', async () => {
      const seen = await paged({ limit: 100 });
      expect(seen).toHaveLength(PRODUCTS);
      expect(new Set(seen).size).toBe(PRODUCTS);
    });

    test('the pages of a search lead through all that it finds, each once', async () => {
      const { items } = await catalog.listProducts({ q: 'lamp', limit: 100 }, read());
      expect(items.length).toBeGreaterThan(4);
      expect(await paged({ q: 'lamp', limit: 2 })).toEqual(items.map(({ id }) => id));
    });

    test('a page that ends exactly at the last product leads nowhere', async () => {
      const { items } = await catalog.listProducts({ q: 'kettle', limit: 100 }, read());
      const page = await catalog.listProducts({ q: 'kettle', limit: items.length }, read());
      expect(page).toEqual({ items, nextCursor: null });
    });

    test('a cursor that was not made here is refused', async () => {
      for (const cursor of ['', 'x', '../../etc', 'YWZ0ZXI6LTE'])
        await expect(catalog.listProducts({ limit: 10, cursor }, read())).rejects.toMatchObject({
          kind: 'business',
          code: 'bad_cursor',
        });
    });

    test.each([
      ['kettle', /kettle/i],
      ['kett', /kettle/i],
      ['LAMPS', /lamp/i],
      ['stoneware MUG', /stoneware mug/i],
      ['chess', /chess/i],
    ])('a search for %j finds what reads like it', async (q, name) => {
      const { items } = await catalog.listProducts({ q, limit: 100 }, read());
      expect(items.length).toBeGreaterThan(0);
      expect(items.length).toBeLessThan(100);
      for (const item of items) expect(`${item.name} ${item.description}`).toMatch(name);
    });

    test.each(['!!!', 'zzzzqqq', "'; DROP TABLE products; --", '& | !', '%'])(
      'a search for %j finds nothing and breaks nothing',
      async (q) => {
        expect(await catalog.listProducts({ q, limit: 10 }, read())).toEqual({ items: [], nextCursor: null });
      },
    );

    test('one product can be read, an unknown one is not found', async () => {
      const { items } = await catalog.listProducts({ limit: 1 }, read());
      const id = items[0]?.id ?? '';
      expect(await catalog.getProduct({ id }, read())).toEqual(items[0]);
      await expect(catalog.getProduct({ id: 'none' }, read())).rejects.toMatchObject({
        code: 'product_not_found',
      });
    });

    test('a reservation takes all lines, once, however often it is repeated', async () => {
      const [a, b] = [await productWith(10), await productWith(5)];
      const lines: [string, number][] = [
        [b, 2],
        [a, 3],
        [a, 1],
      ];
      expect(await reserve('o-once', ...lines)).toEqual({ orderId: 'o-once' });
      await Promise.all([reserve('o-once', ...lines), reserve('o-once', ...lines.toReversed())]);
      expect([await stockOf(a), await stockOf(b)]).toEqual([6, 3]);
    });

    test('a reservation that cannot be whole takes nothing, and is refused for good', async () => {
      const [a, b] = [await productWith(10), await productWith(1)];
      const refused = { kind: 'business', code: 'out_of_stock', details: { productId: b } };
      await expect(reserve('o-short', [a, 1], [b, 2])).rejects.toMatchObject(refused);
      expect([await stockOf(a), await stockOf(b)]).toEqual([10, 1]);
      await admin.query('UPDATE products SET stock = 5 WHERE id = $1', [b]);
      await expect(reserve('o-short', [a, 1], [b, 2])).rejects.toMatchObject(refused);
      await release('o-short');
      expect([await stockOf(a), await stockOf(b)]).toEqual([10, 5]);
    });

    test('a reservation of an unknown product takes nothing', async () => {
      const a = await productWith(10);
      await expect(reserve('o-unknown', [a, 1], ['none', 1])).rejects.toMatchObject({
        code: 'product_not_found',
        details: { productId: 'none' },
      });
      expect(await stockOf(a)).toBe(10);
    });

    test('an order cannot be reserved with other lines', async () => {
      const a = await productWith(10);
      await reserve('o-other', [a, 1]);
      await expect(reserve('o-other', [a, 2])).rejects.toMatchObject({
        kind: 'platform',
        code: 'invalid_input',
      });
      expect(await stockOf(a)).toBe(9);
    });

    test('a release gives back what was taken, once, and refuses a late reservation', async () => {
      const a = await productWith(10);
      await reserve('o-back', [a, 4]);
      await Promise.all([release('o-back'), release('o-back'), release('o-back')]);
      expect(await stockOf(a)).toBe(10);
      await expect(reserve('o-back', [a, 4])).rejects.toMatchObject({ code: 'reservation_released' });
      expect(await stockOf(a)).toBe(10);
    });

    test('a release that comes first leaves a tombstone', async () => {
      const a = await productWith(10);
      expect(await release('o-grave')).toEqual({ orderId: 'o-grave' });
      await expect(reserve('o-grave', [a, 1])).rejects.toMatchObject({ code: 'reservation_released' });
      expect(await stockOf(a)).toBe(10);
    });

    test('a repeated reservation waits for nobody who is just giving it back, and who may wait for its products', async () => {
      const a = await productWith(10);
      await reserve('o-held', [a, 1]);
      await admin.query('BEGIN');
      try {
        await admin.query(`SELECT 1 FROM reservations WHERE order_id = 'o-held' FOR UPDATE`);
        expect(await reserve('o-held', [a, 1])).toEqual({ orderId: 'o-held' });
      } finally {
        await admin.query('ROLLBACK');
      }
    });

    test('a release that races its reservation ends with all stock back', async () => {
      const a = await productWith(100);
      const orders = Array.from({ length: 40 }, (_, n) => `o-race-${n}`);
      await Promise.all(
        orders.flatMap((order) => [reserve(order, [a, 1]).catch(() => undefined), release(order)]),
      );
      expect(await stockOf(a)).toBe(100);
    });

    test('of many buyers of the last piece, one gets it', async () => {
      const last = await productWith(1);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 60 }, (_, n) => reserve(`o-last-${n}`, [last, 1])),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'out_of_stock' });
      expect(await stockOf(last)).toBe(0);
    });

    test('crossing baskets neither deadlock nor lose a piece', async () => {
      const products = [await productWith(30), await productWith(30), await productWith(30)];
      const outcomes = await Promise.allSettled(
        Array.from({ length: 60 }, (_, n) => {
          const basket = [0, 1, 2].map(
            (k) => [products[(n * 7 + k * (1 + (n % 2))) % 3] ?? '', 1] as [string, number],
          );
          return reserve(`o-cross-${n}`, ...basket);
        }),
      );
      const codes = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [(outcome.reason as { code?: string }).code] : [],
      );
      expect(codes.filter((code) => code !== 'out_of_stock')).toEqual([]);
      for (const product of products) expect(await stockOf(product)).toBeGreaterThanOrEqual(0);
      const { rows } = await admin.query<{ wrong: number }>(
        `
      SELECT count(*)::int AS wrong FROM products p
      WHERE p.initial_stock - p.stock <> coalesce((
        SELECT sum((line->>'quantity')::int) FROM reservations r, jsonb_array_elements(r.lines) line
        WHERE r.state = 'reserved' AND r.order_id LIKE 'o-cross-%' AND line->>'productId' = p.id), 0)
        AND p.id = ANY($1)`,
        [products],
      );
      expect(rows).toEqual([{ wrong: 0 }]);
    });
  },
);
