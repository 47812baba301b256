import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINES, totalOf, withLine, withoutOrdered, type Cart } from '../src/domain/cart.ts';
import { decideEntry, type CheckoutRequest } from '../src/domain/entry.ts';

const EMPTY: Cart = { id: 'c', items: [], version: 1 };
const line = (productId: string, quantity: number, priceCents = 100) => ({ productId, quantity, priceCents });
const cartOf = (...items: Cart['items'][number][]): Cart => ({ ...EMPTY, items });

describe('a cart', () => {
  it('sets, replaces and removes lines, and its version rises only when something changes', () => {
    const one = withLine(EMPTY, line('a', 2));
    expect(one).toEqual({ ...EMPTY, items: [line('a', 2)], version: 2 });
    if (typeof one === 'string') throw new Error(one);
    expect(withLine(one, line('a', 2))).toBe(one);
    expect(withLine(one, line('a', 2, 150))).toMatchObject({ items: [line('a', 2, 150)], version: 3 });
    expect(withLine(one, line('a', 0))).toMatchObject({ items: [], version: 3 });
    expect(withLine(one, line('b', 0))).toBe(one);
  });

  it('is full at 100 lines, and at what the bank takes in one charge', () => {
    const full = cartOf(...Array.from({ length: MAX_LINES }, (_, n) => line(`p${n}`, 1)));
    expect(withLine(full, line('one-more', 1))).toBe('cart_full');
    expect(withLine(full, line('p0', 2))).not.toBe('cart_full');
    expect(withLine(EMPTY, line('gold', 99, 1_000_000_000))).toBe('cart_full');
  });

  it('keeps, after an order was paid, exactly what was not ordered', () => {
    const lines = fc.uniqueArray(
      fc.record({
        productId: fc.constantFrom('a', 'b', 'c', 'd'),
        quantity: fc.integer({ min: 1, max: 9 }),
        priceCents: fc.nat(99),
      }),
      { selector: ({ productId }) => productId },
    );
    fc.assert(
      fc.property(lines, lines, (items, ordered) => {
        const cart = { ...EMPTY, items };
        const rest = withoutOrdered(cart, ordered);
        expect(rest.version).toBe(2);
        for (const { productId, quantity } of items) {
          const bought = ordered.find((o) => o.productId === productId)?.quantity ?? 0;
          const left = rest.items.find((item) => item.productId === productId)?.quantity ?? 0;
          expect(left).toBe(Math.max(0, quantity - bought));
        }
        expect(totalOf(withoutOrdered(cart, items).items)).toBe(0);
      }),
    );
  });
});

describe('what a checkout request meets', () => {
  const request: CheckoutRequest = {
    sessionId: 's',
    cartId: 'c',
    version: 1,
    key: 'k',
    bodyHash: 'body',
    detailsHash: 'details',
  };
  const cart = cartOf(line('a', 1));
  const nothing = { known: undefined, cart, live: undefined };

  it('starts an order of a filled cart', () => {
    expect(decideEntry(request, nothing)).toEqual({ kind: 'start', cart });
  });

  it.each([
    ['cart_not_found', { ...nothing, cart: undefined }],
    ['cart_empty', { ...nothing, cart: EMPTY }],
    ['cart_changed', { ...nothing, cart: { ...cart, version: 2 } }],
  ])('refuses with %s', (code, findings) => {
    expect(decideEntry(request, findings)).toEqual({ kind: 'refused', code });
  });

  it('refuses its key for another body, and names the order that the key began', () => {
    const known = { bodyHash: 'other', order: 'o' };
    expect(decideEntry(request, { ...nothing, known })).toEqual({
      ...{ kind: 'refused', code: 'key_conflict' },
      order: 'o',
    });
  });

  it('replays its key before it looks at the cart', () => {
    const known = { bodyHash: 'body', order: 'o' };
    expect(decideEntry(request, { known, cart: undefined, live: undefined })).toEqual({
      kind: 'replay',
      order: 'o',
    });
  });

  it('joins the same purchase under another key, and stands back from a different one', () => {
    const live = (detailsHash: string) => ({
      ...nothing,
      live: { cartVersion: 1, detailsHash, order: 'o' },
    });
    expect(decideEntry(request, live('details'))).toEqual({ kind: 'join', order: 'o' });
    expect(decideEntry(request, live('other card'))).toEqual({ kind: 'occupied', order: 'o' });
  });

  it('stands back from the open order of the cart as it was before a change, however it is paid', () => {
    const live = { cartVersion: 1, detailsHash: 'details', order: 'o' };
    const changed = { ...nothing, cart: { ...cart, version: 2 }, live };
    for (const version of [2, undefined])
      expect(decideEntry({ ...request, version }, changed)).toEqual({ kind: 'occupied', order: 'o' });
  });
});
