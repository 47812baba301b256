import { describe, expect, it, vi } from 'vitest';
import { Pace } from '../src/engine/pace.ts';

describe('the pace of the engine', () => {
  it('turns again after a rest, at once when woken, and never twice at a time', async () => {
    let under = 0;
    let most = 0;
    let turns = 0;
    let rest = 1;
    const pace = new Pace(
      async () => {
        under += 1;
        most = Math.max(most, under);
        await Promise.resolve();
        under -= 1;
        turns += 1;
        if (turns === 3) rest = 60_000;
      },
      () => rest,
    );
    pace.start();
    await vi.waitFor(() => expect(turns).toBe(3));
    pace.wake();
    await vi.waitFor(() => expect(turns).toBe(4));
    await pace.stop();
    pace.wake();
    expect({ turns, most }).toEqual({ turns: 4, most: 1 });
  });

  it('does not lose a wake that comes during a turn, and begins no other before that has ended', async () => {
    let under = 0;
    let most = 0;
    let turns = 0;
    const pace = new Pace(
      async () => {
        turns += 1;
        most = Math.max(most, (under += 1));
        if (turns === 1) pace.wake();
        await Promise.resolve();
        under -= 1;
      },
      () => 60_000,
    );
    pace.start();
    await vi.waitFor(() => expect(turns).toBe(2));
    await pace.stop();
    expect(most).toBe(1);
  });
});
