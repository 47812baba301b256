import type * as React from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { App } from '../src/app.tsx';

const page = vi.hoisted(() => ({
  location: '/',
  cart: { known: false, reads: 0 },
  effects: [] as (() => unknown)[],
}));

vi.mock('react', async (original) => ({
  ...(await original<typeof React>()),
  useEffect: (effect: () => unknown) => page.effects.push(effect),
  useRef: (current: unknown) => ({ current }),
}));
vi.mock('wouter', () => ({
  ...{ Link: 'a', Route: 'div', Switch: 'div' },
  useLocation: () => [page.location],
  useSearch: () => '',
}));
vi.mock('../src/use-cart.ts', () => ({
  cart: {
    view: () => ({ cart: page.cart.known ? {} : undefined }),
    reload: () => Promise.resolve((page.cart.reads += 1)),
  },
}));

afterEach(() => vi.unstubAllGlobals());

/** How often the cart is read when a page is shown first, is looked at again, and once more when it has been left. */
function reads(location: string, known: boolean): number[] {
  const looked = Object.assign(new EventTarget(), { hidden: false });
  vi.stubGlobal('document', looked);
  Object.assign(page, { location, cart: { known, reads: 0 }, effects: [] });
  App();
  const leave = page.effects.map((effect) => effect());
  const seen = [page.cart.reads];
  const look = () => {
    looked.dispatchEvent(new Event('visibilitychange'));
    seen.push(page.cart.reads);
  };
  look();
  for (const each of leave) if (typeof each === 'function') each();
  look();
  return seen;
}

test('the cart is read with each page that is opened or looked at again; at the checkout only where it is not known', () => {
  expect(reads('/', false)).toEqual([1, 2, 2]);
  expect(reads('/orders', true)).toEqual([1, 2, 2]);
  expect(reads('/checkout', true)).toEqual([0, 0, 0]);
  expect(reads('/checkout', false)).toEqual([1, 1, 1]);
});
