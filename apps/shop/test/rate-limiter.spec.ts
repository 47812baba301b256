import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RateLimiter, addressKey } from '../src/edge/rate-limiter.ts';
import { json, startEdge, type EdgeFixture } from './edge-fixture.ts';

/** Small ones as often as large ones: 200 requests never reach most of the large ones. */
const limit = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5_000 }));
const limits = fc.record({ perSecond: limit, burst: limit });
const gaps = fc.array(fc.oneof(fc.nat(50), fc.double({ min: 0, max: 2_000, noNaN: true })), {
  maxLength: 200,
});

describe('RateLimiter', () => {
  it('lets a key take at most burst + rate · time, in every span (B1)', () => {
    fc.assert(
      fc.property(limits, gaps, (limit, waits) => {
        let now = 0;
        const limiter = new RateLimiter(limit, () => now);
        const taken: number[] = [];
        for (const wait of waits) {
          now += wait;
          if (limiter.take('k') === 0) taken.push(now);
        }
        taken.forEach((from, i) =>
          taken.slice(i).forEach((to, n) => {
            expect(n + 1).toBeLessThanOrEqual(limit.burst + ((to - from) * limit.perSecond) / 1_000 + 1e-6);
          }),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('tells a wait after which the key may take again (B2)', () => {
    fc.assert(
      fc.property(limits, (limit) => {
        let now = 0;
        const limiter = new RateLimiter(limit, () => now);
        const waits = Array.from({ length: limit.burst }, () => limiter.take('k'));
        expect(Math.max(...waits)).toBe(0);
        const wait = limiter.take('k');
        expect(wait).toBeGreaterThan(0);
        now += wait + 1e-6;
        expect(limiter.take('k')).toBe(0);
      }),
    );
  });

  it('keeps a bounded number of keys, whatever comes (B3)', () => {
    let now = 0;
    const limiter = new RateLimiter({ perSecond: 10, burst: 2, capacity: 100 }, () => now);
    for (let key = 0; key < 2_000; key += 1) {
      now += 1;
      limiter.take(`k${key}`);
      expect(limiter.size).toBeLessThanOrEqual(101);
    }
  });

  it('forgets full buckets only: with room enough it answers like one that forgets nothing (B3)', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 150 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(steps, (taken) => {
        let now = 0;
        const limit = { perSecond: 10, burst: 2, capacity: 100 };
        const limiter = new RateLimiter(limit, () => now);
        const alone = new Map<number, RateLimiter>();
        for (const [key, wait] of taken) {
          now += wait;
          const reference = alone.get(key) ?? new RateLimiter(limit, () => now);
          alone.set(key, reference);
          expect(limiter.take(`k${key}`)).toBeCloseTo(reference.take('only'), 6);
        }
      }),
    );
  });

  it('lets, when nothing else is said, two seconds’ worth pass at once, and keeps 20,000 keys', () => {
    const limiter = new RateLimiter({ perSecond: 5 }, () => 0);
    expect(Array.from({ length: 11 }, () => limiter.take('k')).findIndex((wait) => wait > 0)).toBe(10);
    for (let key = 0; key < 50_000; key += 1) limiter.take(`k${key}`);
    expect(limiter.size).toBeLessThanOrEqual(20_001);
  });

  it('keeps keys apart and starts each with a full bucket', () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, () => 0);
    expect(limiter.take('a')).toBe(0);
    expect(limiter.take('a')).toBe(1_000);
    expect(limiter.take('b')).toBe(0);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['2001::2:3:4:5:6', '2001:0:0:2'],
    ['::1', '0:0:0:0'],
    [undefined, 'gone'],
  ])('takes %s for the client %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('the rate-limited edge', () => {
  let edge: EdgeFixture;
  beforeAll(async () => {
    edge = await startEdge({ limits: { session: 3, address: 12 } });
  });
  afterAll(() => edge.close());

  it('answers 429 with Retry-After per session, then per address, and never limits probes', async () => {
    const headers = edge.session();
    const statuses = [];
    for (let i = 0; i < 4; i += 1)
      statuses.push((await edge.request('/api/carts/cart-1', { headers })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const other = await edge.request('/api/carts/cart-1', { headers: edge.session() });
    expect(other.status).toBe(200);
    let last = other;
    for (let i = 0; i < 12 && last.status !== 429; i += 1)
      last = await edge.request('/api/sessions', json({}));
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await last.json()).toMatchObject({ code: 'rate_limited' });
    for (const probe of ['/healthz', '/healthz?from=balancer', '/readyz'])
      expect((await edge.request(probe)).status).not.toBe(429);
  });

  it('takes a request whose client has reset its connection for no defect of its own', async () => {
    const socket = connect(edge.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /api/products HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.resetAndDestroy();
    expect((await edge.request('/healthz')).status).toBe(200);
    expect(edge.logged).toEqual([]);
  });
});
