import type { Tally } from '@atlas/control-layout';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TrialReporter } from '../src/trial-reporter.ts';

const counts = { calls: 0, errors: 0, late: 0, durations: {} };
const tally = (calls: number): Tally => ({
  ...{ epoch: 2, sinceMs: 0, strain: { machine: 0, loop: 0 } },
  operations: { 'cart.getCart': { toppable: true, before: counts, now: { ...counts, calls }, pending: {} } },
});

function scene() {
  const told: number[] = [];
  const state = { now: 0, tally: tally(1) as Tally | undefined, answer: () => Promise.resolve() };
  const reporter = new TrialReporter({
    store: {
      reportTally: (_instance, _nonce, { operations }) => {
        told.push(operations['cart.getCart']?.now.calls ?? -1);
        return state.answer();
      },
    },
    host: { instance: 'shop-0', nonce: '0123456789abcdef' },
    runtime: { tally: () => state.tally },
    now: () => state.now,
  });
  return { reporter, state, told };
}

describe('what a host counts during a trial', () => {
  it('is told when it changed, else only twice a second', async () => {
    const { reporter, state, told } = scene();
    await reporter.report();
    await reporter.report();
    expect(told).toEqual([1]);
    state.tally = tally(2);
    await reporter.report();
    state.now = 500;
    await reporter.report();
    expect(told).toEqual([1, 2, 2]);
  });

  it('is not told while nothing is on trial', async () => {
    const { reporter, state, told } = scene();
    state.tally = undefined;
    await reporter.report();
    expect(told).toEqual([]);
  });

  it('is told one report at a time (P1)', async () => {
    const { reporter, state, told } = scene();
    const { promise, resolve } = Promise.withResolvers<void>();
    state.answer = () => promise;
    const first = reporter.report();
    state.tally = tally(2);
    await reporter.report();
    expect(told).toEqual([1]);
    resolve();
    await first;
    await reporter.report();
    expect(told).toEqual([1, 2]);
  });

  it('is told to be late when the loop stood still: what came meanwhile is not counted yet (P3)', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const late: (boolean | undefined)[] = [];
    const state = { now: 0, calls: 0 };
    const reporter = new TrialReporter({
      store: {
        reportTally: (_instance, _nonce, { roots }) => {
          late.push(roots?.late);
          return Promise.resolve();
        },
      },
      host: { instance: 'shop-0', nonce: '0123456789abcdef' },
      runtime: { tally: () => ({ ...tally((state.calls += 1)), roots: { nonce: 'a', count: 1 } }) },
      now: () => state.now,
    });
    const tick = async (at: number): Promise<void> => {
      state.now = at;
      await vi.advanceTimersToNextTimerAsync();
    };
    reporter.follow(true);
    for (const at of [100, 200, 700, 800]) await tick(at);
    reporter.follow(false);
    expect(late).toEqual([undefined, undefined, true, undefined]);
  });

  it('is told again when a report failed (P2)', async () => {
    const { reporter, state, told } = scene();
    state.answer = () => Promise.reject(new Error('the store is away'));
    await reporter.report();
    state.answer = () => Promise.resolve();
    await reporter.report();
    expect(told).toEqual([1, 1]);
  });
});
