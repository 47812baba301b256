import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StrainMeter } from '../src/strain-meter.ts';

const LOOK_MS = 1_000;
const LOOKS_IN_WINDOW = 3;

/** What two cores have done so far, ms each. */
const times = { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 };
const cores = vi.fn(() => [1, 2].map(() => ({ times: { ...times } })));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  Object.assign(times, { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 });
});
afterEach(() => vi.useRealTimers());

/** Lets the machine do one kind of thing for so many looks. */
function pass(kind: keyof typeof times, looks: number): void {
  for (let look = 0; look < looks; look += 1) {
    times[kind] += LOOK_MS;
    vi.advanceTimersByTime(LOOK_MS);
  }
}

describe('the strain of the machine', () => {
  it('is none before anything was seen', () => {
    const meter = new StrainMeter(cores);
    expect(meter.strain().machine).toBe(0);
    meter.close();
  });

  it.each(['user', 'nice', 'sys', 'irq'] as const)('is all while it does nothing but %s', (kind) => {
    const meter = new StrainMeter(cores);
    pass(kind, 2 * LOOKS_IN_WINDOW);
    expect(meter.strain().machine).toBe(1);
    meter.close();
  });

  it('is the busy share of the last seconds: what was before is forgotten', () => {
    const meter = new StrainMeter(cores);
    pass('user', 20 * LOOKS_IN_WINDOW);
    pass('idle', 1);
    const { machine } = meter.strain();
    expect(machine).toBeCloseTo((LOOKS_IN_WINDOW - 2) / (LOOKS_IN_WINDOW - 1));
    pass('idle', LOOKS_IN_WINDOW);
    expect(meter.strain().machine).toBe(0);
    meter.close();
  });

  it('is looked at no more once it is closed', () => {
    new StrainMeter(cores).close();
    cores.mockClear();
    pass('user', LOOKS_IN_WINDOW);
    expect(cores).not.toHaveBeenCalled();
  });
});

describe('the strain of the event loop', () => {
  it('is all while it never waits, and less once it did', async () => {
    const meter = new StrainMeter();
    const until = performance.now() + 20;
    while (performance.now() < until);
    expect(meter.strain().loop).toBe(1);
    await expect.poll(() => meter.strain().loop).toBeLessThan(1);
    meter.close();
  });
});
