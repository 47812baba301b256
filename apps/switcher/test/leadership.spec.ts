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
    await a.keep();
    const first = a.token();
    await b.keep();
    expect(b.held).toBe(false);
    now += 1_000;
    await a.keep();
    now += 2_999;
    expect(a.token()).toBe(first);
    now += 1;
    expect(() => a.token()).toThrow(NotLeaderError);
    await b.keep();
    expect(b.token()).toBeGreaterThan(first);
    await a.keep();
    expect(a.held).toBe(false);
    await b.resign();
    await a.keep();
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
