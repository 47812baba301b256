import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogLag } from '../src/pump/log-lag.ts';

/** A lag whose clocks the test moves; the wall clock stands 1,000 s ahead of the steady one. */
function scene() {
  const now = { ms: 0, jumpMs: 0 };
  const lag = new LogLag({ wallMs: () => 1_000_000 + now.ms + now.jumpMs, steadyMs: () => now.ms });
  const event = (id: string, agoMs: number, aggregateId = id) => ({
    ...{ id, aggregateId },
    at: 1_000_000 + now.ms - agoMs,
  });
  const look = (events: Parameters<LogLag['looked']>[0], except: string[] = []): void =>
    lag.looked(events, now.ms, except);
  return { lag, now, event, look };
}

describe('the lag of a consumer', () => {
  it('is not known before the lock is taken, and not after it was lost (G2)', () => {
    const { lag, look, event } = scene();
    expect(lag.seconds()).toBeUndefined();
    lag.held();
    look([event('a', 5_000)]);
    lag.lost();
    expect(lag.seconds()).toBeUndefined();
  });

  it('is the age of the oldest event that is not done, else that of the last look (G1)', () => {
    const { lag, look, event, now } = scene();
    const [old, young] = [event('a', 5_000), event('b', 2_000)];
    look([old, young]);
    expect(lag.seconds()).toBe(5);
    now.ms += 1_000;
    lag.done(old);
    expect(lag.seconds()).toBe(3);
    lag.done(young);
    expect(lag.seconds()).toBe(1);
    look([]);
    expect(lag.seconds()).toBe(0);
    now.ms += 60_000; // nobody could read the log since
    expect(lag.seconds()).toBe(60);
  });

  it('grows from when the lock was taken while no look succeeds (G1)', () => {
    const { lag, now, look } = scene();
    lag.held();
    now.ms += 40_000;
    lag.held();
    expect(lag.seconds()).toBe(40);
    look([]);
    lag.held();
    expect(lag.seconds()).toBe(0);
  });

  it('counts an event whose aggregate is left alone, and forgets one that somebody else has done (G3)', () => {
    const { lag, look, event } = scene();
    look([event('stuck', 9_000), event('taken', 8_000)]);
    look([], ['stuck']);
    expect(lag.seconds()).toBe(9);
    look([event('taken', 8_000)]);
    expect(lag.seconds()).toBe(8);
  });

  it('keeps what it knew of an event when the wall clock jumps, and is never negative', () => {
    const { lag, look, event, now } = scene();
    look([event('a', 1_000)]);
    now.jumpMs = 3_600_000;
    look([event('a', 1_000)]);
    expect(lag.seconds()).toBe(1);
    const jump = fc.integer({ min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(jump, fc.nat(1e6), (jumpMs, agoMs) => {
        now.jumpMs = jumpMs;
        look([event(`${jumpMs} ${agoMs}`, agoMs)]);
        expect(lag.seconds()).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
