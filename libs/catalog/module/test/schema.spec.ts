import type { ScratchModule } from '@atlas/platform-database/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedCatalog } from '../src/index.ts';
import { PRODUCTS, scratchCatalog } from './catalog.fixture.ts';

let scratch: ScratchModule;
let admin: pg.Client;

beforeAll(async () => {
  scratch = await scratchCatalog();
  admin = new pg.Client({ connectionString: scratch.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await scratch.drop();
});

test('entities and migrations describe the same tables', async () => {
  const { dataSource } = await scratch.open(1);
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  expect(upQueries.map(({ query }) => query)).toEqual([]);
});

test('a catalogue is seeded once; what was sold stays sold', async () => {
  await admin.query('UPDATE catalog.products SET stock = stock - 1 WHERE position = 0');
  expect(await seedCatalog(admin, { products: PRODUCTS, seed: 1 })).toBe(0);
  const { rows } = await admin.query(
    'SELECT count(*)::int AS products, sum(initial_stock - stock)::int AS sold FROM catalog.products',
  );
  expect(rows).toEqual([{ products: PRODUCTS, sold: 1 }]);
});

test('the database itself refuses stock below zero', async () => {
  const sold = admin.query('UPDATE catalog.products SET stock = stock - 1000000');
  await expect(sold).rejects.toMatchObject({ constraint: 'products_stock_check' });
});
