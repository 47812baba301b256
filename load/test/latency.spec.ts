import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BusyTime, Histogram, RecentLatency } from '../src/latency.ts';

const latencies = fc.array(fc.double({ min: 0.05, max: 100_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

describe('percentiles', () => {
  it('are at most 2 % above the exact ones, and never below', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (values, share) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        const exact =
          values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
        const told = histogram.percentile(share) ?? 0;
        expect(told).toBeGreaterThanOrEqual(exact - 0.001);
        expect(told).toBeLessThanOrEqual(exact * 1.021 + 0.001);
      }),
    );
  });

  it('of two histograms together are those of all values', () => {
    fc.assert(
      fc.property(latencies, latencies, (some, others) => {
        const [a, b, all] = [new Histogram(), new Histogram(), new Histogram()];
        for (const value of some) a.record(value);
        for (const value of others) b.record(value);
        for (const value of [...some, ...others]) all.record(value);
        a.add(b);
        expect(a.count).toBe(all.count);
        expect([0.1, 0.5, 0.99].map((s) => a.percentile(s))).toEqual(
          [0.1, 0.5, 0.99].map((s) => all.percentile(s)),
        );
      }),
    );
  });

  it('are null without values, and bounded beyond the last bucket', () => {
    const histogram = new Histogram();
    expect(histogram.percentile(0.5)).toBeNull();
    histogram.record(10_000_000);
    expect(histogram.percentile(0.5)).toBeGreaterThan(100_000);
  });
});

describe('recent latency', () => {
  it('forgets what is older than its seconds', () => {
    const recent = new RecentLatency(2);
    recent.record(100);
    expect(recent.tick().p99Ms).toBeGreaterThanOrEqual(100);
    recent.record(1);
    expect(recent.tick().p99Ms).toBeGreaterThanOrEqual(100);
    expect(recent.tick().p99Ms).toBeLessThan(2);
    expect(recent.tick().p50Ms).toBeNull();
  });
});

describe('busy time', () => {
  it('counts overlapping work once', () => {
    const busy = new BusyTime();
    busy.begin(10);
    busy.begin(20);
    busy.end(30);
    expect(busy.totalMs(35)).toBe(25);
    busy.end(50);
    expect(busy.totalMs(100)).toBe(40);
    busy.begin(100);
    expect([busy.totalMs(110), busy.active]).toEqual([50, 1]);
  });
});
