import { LoopDelay } from '../src/loop-delay.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

describe('the delay of the event loop', () => {
  let now = 0;
  let delay: LoopDelay;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    delay = new LoopDelay(() => now);
  });
  afterEach(() => {
    delay.close();
    vi.useRealTimers();
  });

  const runs = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 100) {
      now += 100;
      vi.advanceTimersByTime(100);
    }
  };
  const standsStill = (ms: number): void => void (now += ms);
  const max = (): number => Math.round(delay.read().max * 10) / 10;

  it('is none while timers are in time', () => {
    runs(3_000);
    expect(delay.read().max).toBeLessThan(0.001);
    expect(delay.read().p99).toBeLessThan(0.001);
  });

  it('is told of a loop that stands still whenever it is not asked (L1)', () => {
    for (let second = 0; second < 5; second += 1) {
      standsStill(1_000);
      expect(max()).toBe(0.8);
    }
  });

  it('is told to all who ask, however soon after one another, and then no more (L2)', () => {
    runs(1_000);
    standsStill(700);
    expect([max(), max()]).toEqual([0.5, 0.5]);
    runs(500);
    expect(max()).toBe(0.5);
    runs(500);
    expect(max()).toBe(0);
    expect(max()).toBe(0);
  });

  it('tells the usual one beside the worst', () => {
    for (let tick = 0; tick < 60; tick += 1) {
      standsStill(tick % 2 === 0 ? 50 : 0);
      runs(200);
    }
    standsStill(2_000);
    const { p50, p99, max: most } = delay.read();
    expect(p50).toBeLessThan(0.1);
    expect(p99).toBeGreaterThanOrEqual(p50);
    expect(most).toBeGreaterThan(1.5);
  });
});
