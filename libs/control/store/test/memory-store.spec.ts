import { createMemoryStore, LEASE_MS, memoryState, type MemoryState } from '../src/index.ts';
import { withoutHints } from '../src/testing/index.ts';
import { armFaults } from '@atlas/platform-fault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConformance, type Harness } from './store.conformance.ts';

async function openMemory(hints: boolean): Promise<Harness> {
  let state: MemoryState = memoryState();
  let passedMs = 0;
  const store = (): ReturnType<typeof createMemoryStore> => {
    const made = createMemoryStore({ state, clock: () => Date.now() + passedMs });
    return hints ? made : withoutHints(made);
  };
  return {
    control: store,
    host: store,
    lapse: async () => {
      passedMs += LEASE_MS;
    },
    setBack: async (ms) => {
      passedMs -= ms;
    },
    reset: async () => {
      state = memoryState();
      passedMs = 0;
    },
    close: async () => undefined,
  };
}

storeConformance('in memory', () => openMemory(true), { hints: true });
storeConformance('in memory, all notifications dropped', () => openMemory(false), { hints: false });

describe('with every call delayed', () => {
  beforeAll(() => armFaults('store.*=delay:2', 'test'));
  afterAll(() => armFaults(undefined, 'test'));
  storeConformance('in memory', () => openMemory(true), { hints: true });
});

describe('fault points of the store', () => {
  afterAll(() => armFaults(undefined, 'test'));

  it('can fail a call before its effect, and after it', async () => {
    const store = createMemoryStore();
    armFaults('store.acquireLock=fail', 'test');
    await expect(store.acquireLock('l', 'a', 60_000)).rejects.toThrow('store.acquireLock');
    expect(await store.acquireLock('l', 'b', 0)).toBeDefined();
    armFaults('store.acquireLock.done=fail', 'test');
    await expect(store.acquireLock('l', 'a', 60_000)).rejects.toThrow('store.acquireLock.done');
    expect(await store.acquireLock('l', 'b', 60_000)).toBeUndefined();
  });
});
