import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { upperTail } from '../src/machine/beta-binomial.ts';

describe('the tail of the beta-binomial distribution', () => {
  it('is that of the uniform distribution when nothing is known', () => {
    expect(upperTail(8, 10, { a: 1, b: 1 })).toBeCloseTo(3 / 11, 10);
  });

  it('comes to the binomial one when much is known', () => {
    // P(X >= 5) for n = 20, p = 0.05
    expect(upperTail(5, 20, { a: 5e6, b: 95e6 })).toBeCloseTo(0.0025739, 5);
  });

  it('falls with every further hit and stays a probability', () => {
    const whole = fc.record({ n: fc.integer({ min: 1, max: 5_000 }), a: fc.integer({ min: 1, max: 500 }) });
    fc.assert(
      fc.property(whole, fc.nat(4_999), ({ n, a }, k) => {
        const hits = 1 + (k % n);
        const [here, next] = [hits, hits + 1].map((count) => upperTail(count, n, { a, b: 1_000 }));
        expect(here).toBeGreaterThanOrEqual(next ?? 0);
        expect(here).toBeLessThanOrEqual(1);
      }),
    );
  });
});
