import { bucketOf } from '@atlas/control-layout';
import { Type } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { CallWindow, MINUTES } from '../src/call-window.ts';
import type { Operation } from '../src/contract.ts';
import { PlatformError } from '../src/errors.ts';
import { TrialWatch } from '../src/trial-watch.ts';

const MINUTE_MS = 60_000;
const spec = { kind: 'read', input: Type.Null(), output: Type.Null() } as unknown as Operation;
const late = new PlatformError('deadline_exceeded', 'too late');
const gone = new PlatformError('cancelled', 'by its caller');

function windowAt(clock: { now: number }): { window: CallWindow; called: (error?: unknown) => void } {
  const window = new CallWindow(() => clock.now);
  const called = (error?: unknown): void =>
    window.called({
      ...{ module: 'cart', operation: 'getCart', epoch: 1, local: true },
      durationMs: 3,
      error,
    });
  return { window, called };
}

describe('the past of an operation', () => {
  it("is its calls of the last minutes, errors and late ones told apart, the caller's own doing left out", () => {
    const { window, called } = windowAt({ now: 0 });
    for (const error of [undefined, new Error('a defect'), late, gone]) called(error);
    expect(window.of('cart', 'getCart')).toEqual({
      ...{ calls: 3, errors: 1, late: 1, durations: { [bucketOf(3)]: 1 } },
    });
    expect(window.of('cart', 'getOrder').calls).toBe(0);
  });

  it('forgets what is older', () => {
    const clock = { now: 0 };
    const { window, called } = windowAt(clock);
    called();
    clock.now = (MINUTES - 1) * MINUTE_MS;
    called();
    expect(window.of('cart', 'getCart').calls).toBe(2);
    clock.now = MINUTES * MINUTE_MS;
    expect(window.of('cart', 'getCart').calls).toBe(1);
  });
});

describe('a watched operation', () => {
  const scene = () => {
    const clock = { now: 0 };
    const { window } = windowAt(clock);
    const options = { modules: ['cart'], window, toppable: () => true, now: () => clock.now };
    return { clock, watch: new TrialWatch(options) };
  };
  const seen = (watch: TrialWatch) => watch.snapshot()['cart.getCart'];

  it('counts a call when it ends, until then as pending with its age (T2)', async () => {
    const { clock, watch } = scene();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const handler = watch.local('cart', 'getCart', { spec, handler: () => promise });
    const answer = handler(undefined as never, undefined as never);
    clock.now = 40;
    expect(seen(watch)).toMatchObject({ now: { calls: 0 }, pending: { [bucketOf(40)]: 1 } });
    resolve('done');
    await answer;
    expect(seen(watch)).toMatchObject({ now: { calls: 1, durations: { [bucketOf(40)]: 1 } } });
    expect(seen(watch)?.pending).toEqual({});
  });

  it("hands on the handler's own promise, and counts what it is rejected with", async () => {
    const { watch } = scene();
    const failing = Promise.reject(new Error('a defect'));
    const handler = watch.local('cart', 'getCart', { spec, handler: () => failing });
    expect(handler(undefined as never, undefined as never)).toBe(failing);
    await expect(failing).rejects.toThrow('a defect');
    expect(seen(watch)).toMatchObject({ now: { calls: 1, errors: 1 } });
  });

  it('is listed though nobody has called it, of modules on trial only', () => {
    const { watch } = scene();
    watch.expect('cart', 'getCart', spec);
    expect(seen(watch)).toMatchObject({ toppable: true, now: { calls: 0 } });
    expect([watch.covers('cart'), watch.covers('catalog')]).toEqual([true, false]);
  });
});
