import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivals, meanRate, passMs, rateAt, replayPlan, steadyPlan } from '../src/arrivals.ts';
import { seededRandom } from '../src/random.ts';

const rates = fc
  .array(fc.nat(2_000), { minLength: 1, maxLength: 60 })
  .filter((list) => Math.max(...list) > 1);
const seeds = fc.integer();

describe('arrivals', () => {
  it('follow the plan in every bin, within six standard deviations', () => {
    fc.assert(
      fc.property(rates, seeds, (trace, seed) => {
        const plan = replayPlan(trace, { durationS: 30, peakRps: 300, repeats: false });
        const counts = plan.bins.map(() => 0);
        for (const at of arrivals(plan, seededRandom(seed, 'arrivals'))) {
          const bin = Math.min(counts.length - 1, Math.floor(at / 1_000 / plan.binS));
          counts[bin] = (counts[bin] ?? 0) + 1;
        }
        counts.forEach((count, bin) => {
          const expected = (plan.bins[bin] ?? 0) * plan.binS;
          expect(Math.abs(count - expected)).toBeLessThanOrEqual(6 * Math.sqrt(expected) + 4);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('ascend, stay within the pass, and are the same for the same seed', () => {
    fc.assert(
      fc.property(rates, seeds, (trace, seed) => {
        const plan = replayPlan(trace, { durationS: 5, peakRps: 200, repeats: false });
        const first = [...arrivals(plan, seededRandom(seed, 'a'))];
        expect([...arrivals(plan, seededRandom(seed, 'a'))]).toEqual(first);
        expect(first).toEqual(first.toSorted((a, b) => a - b));
        for (const at of first) expect(at >= 0 && at <= passMs(plan) + 1e-6).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('differ between seeds', () => {
    const plan = steadyPlan(100, 2);
    const of = (seed: number): number[] => [...arrivals(plan, seededRandom(seed, 'a'))];
    expect(of(1)).not.toEqual(of(2));
  });

  it('start over after the last bin when the plan repeats', () => {
    const plan = replayPlan([1, 0, 2], { durationS: 3, peakRps: 100, repeats: true });
    const seen: number[] = [];
    for (const at of arrivals(plan, seededRandom(3, 'a'))) {
      if (at > 30_000) break;
      seen.push(at);
    }
    const inBin = (bin: number): number => seen.filter((at) => Math.floor(at / 1_000) % 3 === bin).length;
    expect(inBin(0)).toBeGreaterThan(400);
    expect(inBin(1)).toBe(0);
    expect(inBin(2)).toBeGreaterThan(850);
  });
});

describe('a replay plan', () => {
  it('peaks where the trace does, at the peak that was asked for', () => {
    fc.assert(
      fc.property(rates, (trace) => {
        const plan = replayPlan(trace, { durationS: 60, peakRps: 250, repeats: false });
        expect(Math.max(...plan.bins)).toBeCloseTo(250, 6);
        expect(plan.bins.indexOf(Math.max(...plan.bins))).toBe(trace.indexOf(Math.max(...trace)));
        expect(passMs(plan)).toBeCloseTo(60_000, 6);
        expect(meanRate(plan)).toBeLessThanOrEqual(250 + 1e-9);
      }),
    );
  });

  it('tells the rate at each moment, and none after its end', () => {
    const plan = replayPlan([1, 2], { durationS: 10, peakRps: 20, repeats: false });
    expect([0, 4_999, 5_000, 9_999, 10_001].map((at) => rateAt(plan, at))).toEqual([10, 10, 20, 20, 0]);
    expect(rateAt({ ...plan, repeats: true }, 10_001)).toBe(10);
  });
});
