import { describe, expect, it } from 'vitest';
import { ConnectionSpread } from '../src/edge/connection-spread.ts';

function spread(start: number) {
  const state = { bundles: start, now: 0 };
  const clock = { now: () => state.now, random: () => 0.5 };
  return { state, connections: new ConnectionSpread(() => state.bundles, clock) };
}

describe('ConnectionSpread', () => {
  it('leaves connections of a single bundle alone for ever', () => {
    const { state, connections } = spread(1);
    const connection = {};
    expect(connections.moves(connection)).toBe(false);
    state.now = 1e9;
    expect(connections.moves(connection)).toBe(false);
  });

  it('moves what was there before a bundle was added, not what came after (C2)', () => {
    const { state, connections } = spread(1);
    const [old, young] = [{}, {}];
    connections.moves(old);
    state.bundles = 2;
    expect(connections.moves(young)).toBe(false);
    expect(connections.moves(old)).toBe(true);
    state.bundles = 1;
    expect(connections.moves(young)).toBe(false);
  });

  it('moves a connection beside other bundles when its time is over (C3)', () => {
    const { state, connections } = spread(2);
    const connection = {};
    connections.moves(connection);
    state.now = 14_999;
    expect(connections.moves(connection)).toBe(false);
    state.now = 15_000;
    expect(connections.moves(connection)).toBe(true);
  });
});
