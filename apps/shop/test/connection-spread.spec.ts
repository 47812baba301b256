import { describe, expect, it } from 'vitest';
import { ConnectionSpread } from '../src/edge/connection-spread.ts';

function spread(start: number) {
  const state = { bundles: start, now: 0, busy: 0, random: 0.5 };
  const senses = { now: () => state.now, random: () => state.random, busy: () => state.busy };
  return { state, connections: new ConnectionSpread(() => state.bundles, senses) };
}

/** Asks again and again. @returns ms until the connection is moved; Infinity: not within a minute. */
function staysFor({ state, connections }: ReturnType<typeof spread>, connection: object): number {
  const since = state.now;
  connections.moves(connection);
  while (state.now - since < 60_000) {
    state.now += 100;
    if (connections.moves(connection)) return state.now - since;
  }
  return Infinity;
}

describe('ConnectionSpread', () => {
  it('leaves connections of a single bundle alone, however busy it is', () => {
    const alone = spread(1);
    alone.state.busy = 1;
    expect(staysFor(alone, {})).toBe(Infinity);
  });

  it.each([
    ['half of what one bundle had when a second was added', 1, 2, 0.5],
    ['a third of what two had when one was added', 2, 3, 1 / 3],
    ['four fifths when four were added to one', 1, 5, 0.8],
  ])('moves %s, and nothing twice (C2)', (_what, before, after, share) => {
    const { state, connections } = spread(before);
    const open = Array.from({ length: 300 }, () => ({}));
    for (const connection of open) connections.moves(connection);
    state.bundles = after;
    const moved = open.filter((connection, i) => {
      state.random = i / open.length;
      return connections.moves(connection);
    });
    expect(moved.length).toBeCloseTo(share * open.length, -1);
    state.random = 0;
    expect(open.filter((connection) => connections.moves(connection))).toEqual([]);
  });

  it('moves no more than that when they had been open for long beside nobody (C2, C3)', () => {
    const one = spread(1);
    const connection = {};
    one.connections.moves(connection);
    one.state.now = 60_000;
    one.connections.moves(connection);
    one.state.bundles = 2;
    expect(staysFor(one, connection)).toBe(15_000);
  });

  it('moves nothing when a bundle was taken away', () => {
    const { state, connections } = spread(3);
    const connection = {};
    connections.moves(connection);
    state.bundles = 2;
    state.random = 0;
    expect(connections.moves(connection)).toBe(false);
  });

  it.each([
    [0, 15_000],
    [0.5, 7_500],
    [0.8, 3_000],
    [1, 1_500],
  ])('lets a bundle whose loop works %d of the time keep a connection for %d ms (C3)', (busy, ms) => {
    const beside = spread(2);
    beside.state.busy = busy;
    const stayed = staysFor(beside, {});
    expect(stayed).toBeGreaterThanOrEqual(ms);
    expect(stayed).toBeLessThanOrEqual(ms + 100);
  });

  it('keeps a connection between once and twice that long, by lot', () => {
    const [least, most] = [0, 0.999].map((random) => {
      const beside = spread(2);
      beside.state.random = random;
      return staysFor(beside, {});
    });
    expect(least).toBe(10_000);
    expect(most).toBe(20_000);
  });
});
