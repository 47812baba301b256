import { LEAST_OPEN_FILES, openFileLimit, shareDescriptors } from '../src/index.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const limits = (open: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${open}                 524288               files\n`;

describe('the limit of open files', () => {
  it.each([
    ['1024', 1_024],
    ['unlimited', undefined],
  ])('is read from what the system says: %s', (text, open) => expect(openFileLimit(limits(text))).toBe(open));
  it('is unknown where the system does not say', () => expect(openFileLimit('')).toBeUndefined());
});

describe('the shares of descriptors', () => {
  it.each([
    [100, { clients: 32, callers: 32, probes: 32 }],
    [300, { clients: 44, callers: 32, probes: 32 }],
    [1_024, { clients: 640, callers: 160, probes: 32 }],
    [Infinity, { clients: 12_000, callers: 512, probes: 32 }],
  ])('of %d open files', (open, shares) => expect(shareDescriptors(open)).toEqual(shares));

  it('leave enough for everything else', () => {
    fc.assert(
      fc.property(fc.integer({ min: LEAST_OPEN_FILES + 32, max: 1_000_000 }), (open) => {
        const { clients, callers, probes } = shareDescriptors(open);
        expect(open - clients - callers - probes).toBeGreaterThanOrEqual(190);
      }),
    );
  });
});
