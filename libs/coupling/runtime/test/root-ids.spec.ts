import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RootIds } from '../src/root-ids.ts';

describe('the ids of roots', () => {
  it('are 16 hex digits: the origin, then a number that counts from 1', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{8}$/), fc.integer({ min: 1, max: 1_000 }), (origin, many) => {
        const ids = new RootIds(origin);
        for (let count = 1; count <= many; count += 1) {
          expect(ids.next()).toBe(origin + count.toString(16).padStart(8, '0'));
          expect(ids.count).toBe(count);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('carry over from digit to digit', () => {
    const ids = new RootIds('0badcafe');
    let last = '';
    for (let count = 1; count <= 0x1_0000; count += 1) last = ids.next();
    expect(last).toBe('0badcafe00010000');
    expect(ids.next()).toBe('0badcafe00010001');
  });
});
