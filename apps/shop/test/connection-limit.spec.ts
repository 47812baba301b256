import { describe, expect, it } from 'vitest';
import { connectionLimit } from '../src/edge/connection-limit.ts';

const limits = (open: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${open}                 524288               files\n`;

describe('the limit of client connections', () => {
  it.each([
    ['1024', 768],
    ['300', 256],
    ['20000', 12_000],
    ['unlimited', 12_000],
  ])('leaves descriptors for everything else: %s open files, %i connections', (open, connections) => {
    expect(connectionLimit(limits(open))).toBe(connections);
  });
  it('is the most where the system does not say', () => {
    expect(connectionLimit('')).toBe(12_000);
  });
});
