import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { scrapes, type Target } from '../src/index.ts';
import { textOf } from './texts.ts';

const SHOP: Target = { instance: 'shop-0', app: 'shop', process: '1', metricsUrl: 'http://shop-0' };

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A host that takes its time, and a clock that goes with the timers, but for a stand-still. */
function scene(answersAfterMs: number) {
  const now = { ms: 0 };
  setInterval(() => (now.ms += 10), 10);
  const read = (): Promise<string> =>
    new Promise((resolve) => setTimeout(resolve, answersAfterMs, textOf({ cpu: 1 })));
  const source = scrapes({ read, clocks: { steadyMs: () => now.ms }, pulseMs: () => now.ms });
  return { now, taken: source.take(SHOP) };
}

test('a host that answers late is believed, as of then (S1)', async () => {
  const { taken } = scene(3_000);
  await vi.advanceTimersByTimeAsync(3_010);
  expect(await taken).toMatchObject({ process: '1', steadyMs: 3_000, reading: { bad: 0 } });
});

test.each([600, 3_000])(
  'an answer that waited while the brain stood still for %d ms is not taken (S1)',
  async (ms) => {
    const { now, taken } = scene(20);
    const refused = expect(taken).rejects.toThrow('stood still');
    await vi.advanceTimersByTimeAsync(10);
    now.ms += ms;
    await vi.advanceTimersByTimeAsync(20);
    await refused;
  },
);

test('nothing beats on after an answer, or none', async () => {
  const source = scrapes({ read: () => Promise.reject(new Error('away')), clocks: { steadyMs: () => 0 } });
  await expect(source.take(SHOP)).rejects.toThrow('away');
  expect(vi.getTimerCount()).toBe(0);
});
