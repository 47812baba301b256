import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isQuiet, type Observation } from '../src/machine/index.ts';
import { Cluster } from './cluster.ts';
import { CART, host, layout, seen } from './observations.ts';

const renewed = { renewedAt: 9_500 };
const shop = host('shop-0', { lease: renewed });
const cart = host('cart-0', { lease: renewed });
const quiet = seen({ committed: layout(1, CART), live: [layout(1, CART)], hosts: [shop, cart] });

describe('the shop is quiet', () => {
  it.each<[string, Partial<Observation>]>([
    ['in a layout whose hosts renew in time', {}],
    [
      'with a service kept warm and a bundle in reserve',
      {
        hosts: [
          ...[shop, cart, host('payment-0', { kept: true, lease: renewed })],
          host('shop-1', { kept: true, reserve: true, lease: { ...renewed, health: 'reserve' } }),
        ],
      },
    ],
    [
      'with a blank spare',
      {
        spares: { app: 'spare', count: 1 },
        hosts: [shop, cart, host('spare-0', { app: 'spare', blank: true, kept: true, lease: null })],
      },
    ],
  ])('%s', (_, changes) => {
    expect(isQuiet({ ...quiet, ...changes })).toBe(true);
  });

  it.each<[string, Partial<Observation>]>([
    ['before anything may be judged', { trusted: false }],
    ['while an epoch is prepared', { prepared: layout(2) }],
    ['while it is on trial', { trial: { epoch: 1, modules: ['cart'] } }],
    ['while an old one drains', { live: [layout(0), layout(1, CART)] }],
    ['while somebody is overdue', { hosts: [shop, host('cart-0', { lease: { renewedAt: 8_900 } })] }],
    ['while somebody starts', { hosts: [shop, host('cart-0', { lease: null })] }],
    [
      'while somebody gets warm',
      { hosts: [shop, host('cart-0', { lease: { ...renewed, health: 'starting' } })] },
    ],
    ['while somebody goes', { hosts: [shop, cart, host('cart-1', { stopping: true, lease: renewed })] }],
    ['while somebody is too many', { hosts: [shop, cart, host('cart-1', { lease: renewed })] }],
    ['while somebody is missing', { hosts: [shop] }],
    [
      'while somebody is missing who may not be started yet',
      {
        hosts: [shop],
        exits: [9_900, 9_950].map((at) => ({
          instance: 'cart-0',
          nonce: `${at}`,
          cause: 'exit' as const,
          at,
        })),
      },
    ],
    ['while a spare is missing', { spares: { app: 'spare', count: 1 } }],
  ])('not %s', (_, changes) => {
    expect(isQuiet({ ...quiet, ...changes })).toBe(false);
  });
});

describe('the engine', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('looks once a second while all is quiet, and as often as ever when somebody is overdue', async () => {
    const cluster = new Cluster();
    const store = cluster.store();
    const { readState } = store;
    let looks = 0;
    const counting = { ...store, readState: () => ((looks += 1), readState()) };
    const { engine, control } = cluster.switcher(counting);
    const looksIn = async (seconds: number): Promise<number> => {
      const before = looks;
      for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
        cluster.now += 100;
        if (tenth % 5 === 0) await cluster.beat();
        await vi.advanceTimersByTimeAsync(100);
      }
      return looks - before;
    };
    engine.start();
    await looksIn(10);
    await control.propose({ mode: 'hybrid' });
    await looksIn(30);
    const resting = await looksIn(10);
    expect(resting).toBeGreaterThanOrEqual(9);
    expect(resting).toBeLessThanOrEqual(11);
    cluster.host('cart-0').silent = true;
    await looksIn(2);
    expect(await looksIn(1)).toBe(4);
    await engine.stop();
  });
});
