import { catalogContract } from '@atlas/catalog-contract';
import { Value } from '@sinclair/typebox/value';
import { expect, test } from 'vitest';
import { itemsOf } from '../src/seed/department.ts';
import { MOST_SEED_PRODUCTS as MOST, shopSeed } from '../src/seed/shop-seed.ts';

const all = shopSeed(MOST, 1);

test('every product fits the contract', () => {
  for (const product of all) {
    const { position, category, initialStock, ...shown } = product;
    const errors = [
      ...Value.Errors(catalogContract.operations.getProduct.output, { ...shown, stock: initialStock }),
    ];
    expect(errors).toEqual([]);
    expect(category).not.toBe('');
    expect(product.imageUrl).toBe(`/images/${product.id}.svg`);
    expect(all[position]).toBe(product);
  }
});

test('ids, names and positions are unique', () => {
  for (const key of ['id', 'name', 'position'] as const)
    expect(new Set(all.map((product) => product[key])).size).toBe(MOST);
});

test('the same seed makes the same shop, another seed another one', () => {
  expect(shopSeed(600, 7)).toEqual(shopSeed(600, 7));
  expect(shopSeed(600, 8)).not.toEqual(shopSeed(600, 7));
});

test('prices and stock are spread as in a shop', () => {
  const share = (test: (product: (typeof all)[number]) => boolean) => all.filter(test).length / MOST;
  expect(share(({ priceCents }) => priceCents < 5_000)).toBeGreaterThan(0.5);
  expect(share(({ priceCents }) => priceCents > 20_000)).toBeGreaterThan(0.01);
  expect(share(({ initialStock }) => initialStock <= 3)).toBeGreaterThan(0.005);
  expect(share(({ initialStock }) => initialStock > 1_000)).toBeGreaterThan(0.2);
  expect(Math.min(...all.map(({ initialStock }) => initialStock))).toBeGreaterThan(0);
});

test('more products than there are is said so', () => {
  expect(() => shopSeed(MOST + 1, 1)).toThrow(RangeError);
});

test('an unreadable line is named', () => {
  expect(() => itemsOf('Lamp | cheap | metal | Gives light.')).toThrow(
    '"Lamp | cheap | metal | Gives light."',
  );
});
