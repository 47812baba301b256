import { createMemoryStore, memoryState } from '@atlas/control-store';
import { describe, expect, it, vi } from 'vitest';
import { PumpLock } from '../src/pump/pump-lock.ts';

function locks() {
  const time = { now: 0 };
  const store = createMemoryStore({ state: memoryState(), clock: () => time.now });
  const lockOf = (holder: string) => new PumpLock(store, 'job', holder, () => time.now);
  return { time, store, one: lockOf('one'), two: lockOf('two') };
}

describe('PumpLock', () => {
  it('belongs to one holder, who keeps it by asking once a second', async () => {
    const { time, store, one, two } = locks();
    const asked = vi.spyOn(store, 'acquireLock');
    for (; time.now < 5_000; time.now += 100) {
      expect(await one.hold()).toBe(true);
      expect(await two.hold()).toBe(false);
    }
    expect(asked).toHaveBeenCalledTimes(10);
  });

  it('goes over when its holder is silent for longer than its life, or lets it go', async () => {
    const { time, one, two } = locks();
    await one.hold();
    time.now = 3_001;
    expect(await two.hold()).toBe(true);
    await two.letGo();
    time.now += 1_001;
    expect(await one.hold()).toBe(true);
  });

  it('is kept by its holder, and by nobody else, while the store fails (L2)', async () => {
    const { time, store, one, two } = locks();
    await one.hold();
    vi.spyOn(store, 'acquireLock').mockRejectedValue(new Error('away'));
    time.now = 60_000;
    expect([await one.hold(), await two.hold()]).toEqual([true, false]);
  });

  it('makes its holder wait for no slow store (L3)', async () => {
    const { time, store, one } = locks();
    await one.hold();
    const slow = Promise.withResolvers<undefined>();
    vi.spyOn(store, 'acquireLock').mockReturnValue(slow.promise);
    time.now = 2_000;
    expect(await one.hold()).toBe(true);
    slow.resolve(undefined);
    await vi.waitFor(async () => expect(await one.hold()).toBe(false));
  });
});
