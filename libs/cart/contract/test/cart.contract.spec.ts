import { misfitOf } from '@atlas/coupling-runtime';
import { describe, expect, it } from 'vitest';
import { cartContract } from '../src/index.ts';

const { checkout, setItem } = cartContract.operations;
const address = {
  name: 'Zoë Ødegård 🫖',
  line1: 'Straße 1',
  city: '東京',
  postcode: '100-0001',
  country: 'JP',
};
const body = { sessionId: 's', cartId: 'c', payment: { token: 'tok_ok' }, address };

describe('the contract of cart', () => {
  it('takes names and places of all scripts', () => {
    expect(misfitOf(checkout.input, body)).toBeUndefined();
    expect(
      misfitOf(checkout.input, { ...body, address: { ...address, line2: '' }, version: 3 }),
    ).toBeUndefined();
  });

  it.each([
    ['a NUL', { address: { ...address, name: 'a\u0000b' } }],
    ['a line break', { address: { ...address, line1: 'a\nb' } }],
    ['a control character of Latin-1', { address: { ...address, city: 'a\u0085b' } }],
    ['one in what may be left out', { address: { ...address, line2: 'a\u009fb' } }],
    ['a token of blanks', { payment: { token: '  ' } }],
    ['a token with a NUL', { payment: { token: 'tok\u0000' } }],
    ['no token', { payment: {} }],
    ['an empty name', { address: { ...address, name: '' } }],
    ['a name without end', { address: { ...address, name: 'x'.repeat(101) } }],
    ['a small country', { address: { ...address, country: 'jp' } }],
    ['a country that nobody has', { address: { ...address, country: 'XX' } }],
    ['a country that is no more', { address: { ...address, country: 'SU' } }],
    ['an unknown field', { coupon: 'FREE' }],
    ['a negative version', { version: -1 }],
    ['a foreign cart id', { cartId: '../carts' }],
  ])('refuses a checkout with %s', (_name, change) => {
    expect(misfitOf(checkout.input, { ...body, ...change })).toBeTypeOf('string');
  });

  /** All of one UTF-16 unit that `trim` takes away, and that may stand in an address beside something else. */
  const blanks = Array.from({ length: 2 ** 16 }, (_, unit) => String.fromCharCode(unit)).filter(
    (text) => text.trim() === '' && !/\p{Cc}/u.test(text),
  );

  it.each(['name', 'line1', 'city', 'postcode'])('refuses an address whose %s is blank', (field) => {
    const misfit = (text: string) =>
      misfitOf(checkout.input, { ...body, address: { ...address, [field]: text } });
    expect(blanks.length).toBeGreaterThan(10);
    for (const blank of blanks) {
      expect(misfit(` ${blank}`), JSON.stringify(blank)).toBeTypeOf('string');
      expect(misfit(`${blank}a${blank}`), JSON.stringify(blank)).toBeUndefined();
    }
  });

  it.each([-1, 0.5, 2 ** 31, Number.MAX_SAFE_INTEGER, 1e99, Number.NaN])('refuses %s pieces', (quantity) => {
    const input = { sessionId: 's', cartId: 'c', productId: 'tea', quantity };
    expect(misfitOf(setItem.input, input)).toBeTypeOf('string');
  });
  it.each([0, 1, 100, 1_000_000, 2 ** 31 - 1])('lets %s pieces be asked for', (quantity) => {
    const input = { sessionId: 's', cartId: 'c', productId: 'tea', quantity };
    expect(misfitOf(setItem.input, input)).toBeUndefined();
  });
});
