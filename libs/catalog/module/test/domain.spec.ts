import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cursorAfter, positionOf } from '../src/domain/cursor.ts';
import { searchQuery } from '../src/domain/search.ts';
import { mergeLines, refusalOf, sameLines } from '../src/domain/stock.ts';

/** Often the same: lines that meet, and products that are there. */
const id = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b') },
  fc.stringMatching(/^[a-z0-9-]{1,6}$/),
);
const lines = fc.array(fc.record({ productId: id, quantity: fc.integer({ min: 1, max: 99 }) }), {
  minLength: 1,
  maxLength: 20,
});

describe('an order’s lines', () => {
  test('are one per product, ascending, with the same total', () => {
    fc.assert(
      fc.property(lines, (given) => {
        const merged = mergeLines(given);
        const ids = merged.map(({ productId }) => productId);
        expect(ids).toEqual([...new Set(ids)].sort());
        const total = (list: typeof given) => list.reduce((sum, { quantity }) => sum + quantity, 0);
        expect(total([...merged])).toBe(total(given));
      }),
    );
  });

  test('are the same whatever their order, and only then', () => {
    fc.assert(
      fc.property(lines, (given) => {
        const merged = mergeLines(given);
        expect(sameLines(merged, mergeLines(given.toReversed()))).toBe(true);
        expect(sameLines(merged, mergeLines([...given, { productId: 'z', quantity: 1 }]))).toBe(false);
      }),
    );
  });

  test('are refused exactly when a product is unknown or short', () => {
    const levels = fc.uniqueArray(fc.record({ productId: id, stock: fc.integer({ min: 0, max: 200 }) }), {
      selector: ({ productId }) => productId,
    });
    const seen = new Set<string | undefined>();
    fc.assert(
      fc.property(lines, levels, (given, stock) => {
        const merged = mergeLines(given);
        const refusal = refusalOf(merged, stock);
        seen.add(refusal?.code);
        const has = (productId: string) => stock.find((level) => level.productId === productId)?.stock;
        const enough = merged.every(({ productId, quantity }) => (has(productId) ?? -1) >= quantity);
        expect(refusal === undefined).toBe(enough);
        if (refusal?.code === 'product_not_found') expect(has(refusal.productId)).toBeUndefined();
        if (refusal?.code === 'out_of_stock') expect(has(refusal.productId)).toBeDefined();
      }),
      { numRuns: 300 },
    );
    expect(seen).toEqual(new Set([undefined, 'out_of_stock', 'product_not_found']));
  });
});

describe('a cursor', () => {
  test('leads back to its position', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), (position) => {
        expect(positionOf(cursorAfter(position))).toBe(position);
        expect(cursorAfter(position)).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });

  test('that was not made here is none', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const position = positionOf(text);
        if (position !== undefined) expect(cursorAfter(position)).toBe(text);
      }),
    );
    const encode = (text: string) => Buffer.from(text).toString('base64url');
    const bad = ['', 'x', encode('after:-1'), encode('after:01'), encode('after:1e3'), `${cursorAfter(1)}=`];
    expect(bad.map(positionOf)).toEqual(bad.map(() => undefined));
  });
});

describe('what a person types', () => {
  test.each([
    ['  ', undefined],
    [undefined, undefined],
    ['!!! ---', ''],
    ['Cast-Iron  pan', 'cast:* & iron:* & pan:*'],
    ["a' | !b:* <-> (c)", 'a:* & b:* & c:*'],
    ['Käse 9', 'käse:* & 9:*'],
  ])('%j searches for %j', (typed, query) => expect(searchQuery(typed)).toBe(query));

  test('is never an operator', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (typed) => {
        const query = searchQuery(typed) ?? '';
        for (const word of query === '' ? [] : query.split(' & '))
          expect(word).toMatch(/^[\p{L}\p{N}]+:\*$/u);
      }),
    );
  });
});
