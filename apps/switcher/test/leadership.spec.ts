import { createMemoryStore, memoryState } from '@atlas/control-store';
import { describe, expect, it } from 'vitest';
import { Leadership, NotLeaderError } from '../src/engine/leadership.ts';

describe('leadership', () => {
  const state = memoryState();
  let now = 0;
  const of = (holder: string) =>
    new Leadership(createMemoryStore({ clock: () => now, state }), holder, () => now);

  it('is held by one, ends by its own clock without renewal, and comes back with a higher token', async () => {
    const [a, b] = [of('a'), of('b')];
    expect(() => a.token()).toThrow(NotLeaderError);
    expect(await a.keep()).toBe(true);
    const first = a.token();
    expect(await b.keep()).toBe(false);
    expect(b.held).toBe(false);
    now += 1_000;
    expect(await a.keep()).toBe(false);
    now += 2_999;
    expect(a.token()).toBe(first);
    now += 1;
    expect(() => a.token()).toThrow(NotLeaderError);
    expect(await b.keep()).toBe(true);
    expect(b.token()).toBeGreaterThan(first);
    expect(await a.keep()).toBe(false);
    await b.resign();
    expect(await a.keep()).toBe(true);
    expect(a.token()).toBeGreaterThan(first + 1);
  });

  it('asks the store once a second only', async () => {
    let asked = 0;
    const store = createMemoryStore({ clock: () => now });
    const counted = {
      ...store,
      acquireLeadership: (...args: Parameters<typeof store.acquireLeadership>) => {
        asked += 1;
        return store.acquireLeadership(...args);
      },
    };
    const one = new Leadership(counted, 'one', () => now);
    for (let turn = 0; turn < 30; turn += 1) {
      await one.keep();
      now += 100;
    }
    expect(asked).toBe(3);
  });
});
