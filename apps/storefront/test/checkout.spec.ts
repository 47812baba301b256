import type * as React from 'react';
import type { ReactElement } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { CheckoutPage } from '../src/pages/checkout.tsx';

const shop = vi.hoisted(() => ({
  cart: { id: 'c1', items: [{ productId: 'kettle' }], totalCents: 3_000, currency: 'EUR', version: 1 },
  goneTo: [] as string[],
}));

vi.mock('react', async (original) => ({
  ...(await original<typeof React>()),
  useEffect: () => undefined,
  useRef: (current: unknown) => ({ current }),
  useState: (first: unknown) => [
    typeof first === 'function' ? (first as () => unknown)() : first,
    () => undefined,
  ],
}));
vi.mock('wouter', () => ({
  Link: 'a',
  useLocation: () => ['/checkout', (to: string) => shop.goneTo.push(to)],
}));
vi.mock('../src/api/shop.ts', async (original) => ({
  ...(await original<object>()),
  checkOut: () => Promise.resolve({ orderId: 'o1' }),
}));
vi.mock('../src/use-cart.ts', () => ({
  cart: { agreed: () => Promise.resolve(shop.cart), reload: () => new Promise(() => undefined) },
  useCart: () => ({ cart: shop.cart, busy: false, failed: undefined }),
}));

afterEach(() => vi.unstubAllGlobals());

type Part = ReactElement<{
  readonly children?: unknown;
  readonly onSubmit?: (event: object) => void;
}>;

/** The first form of a page, its own components opened. */
function formOf(part: unknown): Part | undefined {
  if (Array.isArray(part))
    return part.reduce((found: Part | undefined, each) => found ?? formOf(each), undefined);
  if (typeof part !== 'object' || part === null || !('type' in part)) return undefined;
  const { type, props } = part as Part;
  if (type === 'form') return part as Part;
  return typeof type === 'function'
    ? formOf((type as (of: object) => unknown)(props))
    : formOf(props.children);
}

test('who has paid sees the order at once: it does not wait for the cart to be read', async () => {
  vi.stubGlobal('FormData', Map);
  const event = {
    preventDefault: () => undefined,
    currentTarget: ['name', 'line1', 'postcode', 'city'].map((name) => [name, 'x']),
  };
  formOf(CheckoutPage())?.props.onSubmit?.(event);
  await vi.waitFor(() => expect(shop.goneTo).toEqual(['/orders/o1']));
});
