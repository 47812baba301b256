import { expect, test } from 'vitest';
import { LONGEST_SEARCH, pageOf, searchOf, TypedSearch } from '../src/search.ts';

/** A window that shows a page, and the pages that going back leads to. */
function windowAt(...entries: string[]) {
  const typed = new TypedSearch();
  const show = (to: string, { replace } = { replace: false }): void => {
    entries.splice(replace ? -1 : entries.length, 1, to);
  };
  const type = (q: string): void => show(pageOf(q), typed.goes(entries.at(-1) ?? '', pageOf(q)));
  return { entries, show, type, begin: typed.begin };
}

test('each search is one entry of the history, however often somebody pauses in it', () => {
  const { entries, type, begin } = windowAt('/cart');
  begin();
  for (const q of ['ket', 'kettle', '', 'tea', 'tea pot']) type(q);
  expect(entries).toEqual(['/cart', '/?q=tea%20pot']);
});

test('whoever comes back to the field begins another search', () => {
  const { entries, type, begin } = windowAt('/');
  for (const q of ['kettle', 'mug']) {
    begin();
    type(q.slice(0, 2));
    type(q);
  }
  expect(entries).toEqual(['/', '/?q=kettle', '/?q=mug']);
});

test('what a link or going back has shown meanwhile is not replaced', () => {
  const { entries, type, show } = windowAt('/');
  type('kettle');
  show('/?q=books');
  type('mug');
  show('/cart');
  type('');
  expect(entries).toEqual(['/', '/?q=kettle', '/?q=books', '/?q=mug', '/cart', '/']);
});

test('what is searched for already is not entered again', () => {
  const { entries, type } = windowAt('/', '/?q=kettle');
  type('kettle');
  expect(entries).toEqual(['/', '/?q=kettle']);
});

test.each([
  ['', ''],
  ['q=', ''],
  ['other=1', ''],
  ['q=%20tea+pot%20', 'tea pot'],
  ['q=te%00a%00', 'tea'],
  [`q=${'x'.repeat(250)}`, 'x'.repeat(LONGEST_SEARCH)],
  [`q=${'x'.repeat(99)}%20y`, 'x'.repeat(99)],
  [`q=${'x'.repeat(99)}${encodeURIComponent('🫖')}`, 'x'.repeat(99)],
])('an address with %s searches for "%s"', (query, q) => {
  expect(searchOf(query)).toBe(q);
  expect(searchOf(pageOf(q).slice(2))).toBe(q);
});
