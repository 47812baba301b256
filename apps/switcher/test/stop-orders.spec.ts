import { LEASE_MS, type LeaseRow } from '@atlas/control-store';
import { processStartTime } from '@atlas/platform-stack';
import { describe, expect, it, vi } from 'vitest';
import type { ProcessDriver, ProcessDriverOptions } from '../src/adapters/process-driver.ts';
import { realSystem } from '../src/adapters/real-system.ts';
import type { OperatingSystem } from '../src/ports/operating-system.ts';
import type { DrivenHost } from '../src/ports/runtime-driver.ts';
import { lease } from './books.ts';
import { eachTestHasDrivers } from './driver-scene.ts';

const { at, driver, gone, only, said } = eachTestHasDrivers();

it('ends a host that it was told to stop, and says that it retired', async () => {
  const made = driver();
  await made.start('cart', 'cart-0');
  await said('cart-0');
  const { instance, nonce } = only(made);
  await made.stop(instance, nonce);
  await gone(made);
  expect(at.books.exits).toEqual([{ instance, nonce, cause: 'retired' }]);
});

it('kills a host that does not end in time', async () => {
  const made = driver({ stopDeadlineMs: 50 }, 'stubborn');
  await made.start('cart', 'cart-0');
  await said('cart-0');
  const { instance, nonce, pid } = only(made);
  await made.stop(instance, nonce);
  await gone(made);
  expect(await processStartTime(pid ?? 0)).toBeUndefined();
  expect(at.books.exits).toMatchObject([{ cause: 'retired' }]);
});

it('kills no host that it told to stop once it leads no more, and stops it anew when it leads again', async () => {
  const sent: string[] = [];
  const system: OperatingSystem = {
    ...realSystem,
    signal: (identity, signal, mayStill) => {
      sent.push(signal);
      return realSystem.signal(identity, signal, mayStill);
    },
  };
  // Longer than it takes to send the first signal: else it is killed before the lead is lost.
  const made = driver({ stopDeadlineMs: 1_000, system }, 'stubborn');
  await made.adopt([]);
  await made.start('cart', 'cart-0');
  await said('cart-0');
  const { instance, nonce, pid } = only(made);
  await made.stop(instance, nonce);
  at.books.superseded = true;
  await vi.waitFor(() => expect(sent).toEqual(['SIGTERM', 'SIGKILL']), { interval: 10 });
  await vi.waitFor(() => expect(only(made).state).toBe('running'), { interval: 10 });
  expect(await processStartTime(pid ?? 0)).toBeDefined();
  at.books.superseded = false;
  await made.adopt([...at.books.records.values()]);
  await made.stop(instance, nonce);
  await gone(made);
  expect(at.books.exits).toMatchObject([{ cause: 'retired' }]);
});

it('takes a host that it told to stop for one that runs, when it leads anew: the order has lapsed (D6)', async () => {
  const made = driver({}, 'stubborn');
  await made.start('cart', 'cart-0');
  await said('cart-0');
  const { instance, nonce } = only(made);
  await made.stop(instance, nonce);
  expect(only(made).state).toBe('stopping');
  made.standDown();
  await made.adopt([...at.books.records.values()]);
  expect(only(made).state).toBe('running');
  await made.stop(instance, nonce);
  expect(at.books.orders).toEqual([nonce, nonce]);
});

it('takes an order to stop back when another host has ended while it was written down (D10)', async () => {
  const made = driver();
  for (const instance of ['cart-0', 'cart-1']) {
    await made.start('cart', instance);
    await said(instance);
  }
  const [staying, ending] = made.hosts();
  const { instance = '', nonce = '' } = staying ?? {};
  const order = at.books.orderStop.bind(at.books);
  at.books.orderStop = async (host) => {
    await order(host);
    process.kill(ending?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(made.ended).toBe(1), { interval: 5 });
  };
  await made.stop(instance, nonce);
  at.books.orderStop = order;
  expect(at.books.history.at(-1)).toEqual(at.books.records.get(nonce));
  expect(at.books.history.filter((record) => record.nonce === nonce)).toHaveLength(3);
  await vi.waitFor(() => expect(only(made)).toMatchObject({ nonce, state: 'running' }));
  await made.stop(instance, nonce);
  await gone(made);
  expect(at.books.exits).toMatchObject([{ cause: 'signal' }, { nonce, cause: 'retired' }]);
});

it('takes the order back that a bundle in reserve has got when another one ends: it is the next to be opened (D10)', async () => {
  const made = driver({}, 'stubborn');
  await made.start('cart', 'cart-0');
  await made.start('cart', 'cart-1', true);
  for (const instance of ['cart-0', 'cart-1']) await said(instance);
  const [serving, waiting] = made.hosts();
  const { instance = '', nonce = '' } = waiting ?? {};
  await made.stop(instance, nonce);
  expect(waiting).toMatchObject({ purpose: 'reserve' });
  process.kill(serving?.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(only(made)).toMatchObject({ nonce, state: 'running' }));
  await made.settle();
  expect(at.books.records.get(nonce)).toMatchObject({ purpose: 'reserve' });
  expect(at.books.records.get(nonce)).not.toHaveProperty('stopOrder');
});

it('leaves a bundle in reserve alone that leaves already when another one ends', async () => {
  const made = driver({}, 'stubborn');
  await made.start('cart', 'cart-0');
  await made.start('cart', 'cart-1', true);
  for (const instance of ['cart-0', 'cart-1']) await said(instance);
  const [serving, waiting] = made.hosts();
  const { instance = '', nonce = '', pid } = waiting ?? {};
  await made.stop(instance, nonce);
  at.books.leaseRows.set(nonce, { ...lease({ instance, nonce }, pid ?? 0), health: 'leaving' });
  process.kill(serving?.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(only(made)).toMatchObject({ nonce, state: 'stopping' }));
});

describe('an order that is none, but may stand in the books,', () => {
  /** Ordered to stop, which fails after it was written down. */
  const ordered = async (made: ProcessDriver, fails: () => Promise<void>): Promise<DrivenHost> => {
    await made.start('cart', 'cart-0');
    await said('cart-0');
    const host = only(made);
    const order = at.books.orderStop.bind(at.books);
    at.books.orderStop = async (record) => {
      await order(record);
      at.books.records.set(record.nonce, { ...record, stopOrder: 1 });
      at.books.orderStop = order;
      await fails();
    };
    return host;
  };

  it('for its answer was lost, is struck out: others would take the host for one that leaves', async () => {
    const made = driver();
    const { instance, nonce } = await ordered(made, () => Promise.reject(new Error('no answer')));
    await expect(made.stop(instance, nonce)).rejects.toThrow('no answer');
    expect(only(made)).toMatchObject({ nonce, state: 'running' });
    await made.settle();
    expect(at.books.records.get(nonce)).not.toHaveProperty('stopOrder');
    const { length } = at.books.history;
    await made.settle();
    expect(at.books.history).toHaveLength(length);
  });

  it('for it could not be taken back when it was to be (D10), is struck out as soon as it can', async () => {
    const made = driver();
    const { instance, nonce } = await ordered(made, async () => {
      process.kill(made.hosts()[1]?.pid ?? 0, 'SIGKILL');
      await vi.waitFor(() => expect(made.ended).toBe(1), { interval: 5 });
      at.books.away = true;
    });
    await made.start('cart', 'cart-1');
    await expect(made.stop(instance, nonce)).rejects.toThrow('away');
    at.books.away = false;
    await made.settle();
    expect(at.books.records.get(nonce)).not.toHaveProperty('stopOrder');
  });

  it('stays in the books once it is given again', async () => {
    const made = driver({}, 'stubborn');
    const { instance, nonce } = await ordered(made, () => Promise.reject(new Error('no answer')));
    await expect(made.stop(instance, nonce)).rejects.toThrow('no answer');
    await made.stop(instance, nonce);
    await made.settle();
    expect(only(made).state).toBe('stopping');
    expect(at.books.records.get(nonce)).toHaveProperty('stopOrder');
  });
});

describe('a host that goes on though it was told to stop', () => {
  /** Its last lease was renewed so long after the order, ms. */
  const renewed = (host: DrivenHost, ms: number, more: Partial<LeaseRow> = {}): void =>
    void at.books.leaseRows.set(host.nonce, {
      ...lease(host, host.pid ?? 0),
      renewedAt: Date.now() + ms,
      ...more,
    });
  /** It is heard of for a lease's time but for the last word. */
  const goesOn = async (made: ProcessDriver, host: DrivenHost): Promise<void> => {
    for (const ms of [1_000, 2_500]) {
      renewed(host, ms);
      await made.settle();
    }
    renewed(host, 1_500 + LEASE_MS);
  };
  const stopped = async (options: Partial<ProcessDriverOptions> = {}) => {
    const made = driver(options, 'stubborn');
    await made.start('cart', 'cart-0');
    await said('cart-0');
    const host = only(made);
    renewed(host, -1);
    await made.stop(host.instance, host.nonce);
    return { made, host };
  };

  it('has refused, when it renews its lease and does not leave: the order is taken back (D11)', async () => {
    const { made, host } = await stopped();
    // It stood still, and has not read it yet; then for a lease's time, but not without another gap.
    for (const ms of [4_000, 5_900, 6_900, 9_000, 10_000, 11_000]) {
      renewed(host, ms);
      await made.settle();
      expect(only(made).state).toBe('stopping');
    }
    renewed(host, 12_100);
    await made.settle();
    expect(only(made).state).toBe('running');
    expect(at.books.history.at(-1)).toEqual(at.books.records.get(host.nonce));
    expect(at.books.history.filter(({ nonce }) => nonce === host.nonce)).toHaveLength(3);
    await made.settle();
    expect(at.books.history.filter(({ nonce }) => nonce === host.nonce)).toHaveLength(3);
  });

  it('is heard anew once the clock was set back', async () => {
    const { made, host } = await stopped();
    at.books.now = () => Date.now() - 3_600_000;
    for (const ms of [1_000, 2_000, 3_000, 4_100]) {
      renewed(host, ms - 3_600_000);
      await made.settle();
    }
    expect(only(made).state).toBe('running');
  });

  it('lives on, and can be told again', async () => {
    const killed: number[] = [];
    const system: OperatingSystem = {
      ...realSystem,
      signal: (identity, signal, mayStill) => {
        if (signal === 'SIGKILL') killed.push(identity.pid);
        return realSystem.signal(identity, signal, mayStill);
      },
    };
    const { made, host } = await stopped({ stopDeadlineMs: 1_000, system });
    await goesOn(made, host);
    await made.settle();
    await made.start('cart', 'cart-1');
    await said('cart-1');
    const after = made.hosts().find(({ instance }) => instance === 'cart-1');
    await made.stop('cart-1', after?.nonce ?? '');
    await vi.waitFor(() => expect(made.hosts()).toMatchObject([{ nonce: host.nonce, state: 'running' }]));
    expect(killed).toEqual([after?.pid]); // whose deadline was the later one
    await made.stop(host.instance, host.nonce);
    await gone(made);
    expect(killed).toEqual([after?.pid, host.pid]);
    expect(at.books.orders).toEqual([host.nonce, after?.nonce, host.nonce]);
  });

  it('is still to stop when that cannot be written down, until it can', async () => {
    const { made, host } = await stopped();
    await goesOn(made, host);
    at.books.away = true;
    await expect(made.settle()).rejects.toThrow('away');
    expect(only(made).state).toBe('stopping');
    at.books.away = false;
    await made.settle();
    expect(only(made).state).toBe('running');
  });

  it.each([
    ['leaves, and does not come to an end', { health: 'leaving' as const, renewedAt: Date.now() + 60_000 }],
    ['has lost its lease, or hangs', { live: false }],
    ['was seen for the last time before it was told', {}],
  ])('is killed when it %s', async (_how, more) => {
    const { made, host } = await stopped({ stopDeadlineMs: 200 });
    renewed(host, -1, more);
    await made.settle();
    await gone(made);
    expect(at.books.orders).toEqual([host.nonce]);
    expect(at.books.exits).toMatchObject([{ cause: 'retired' }]);
  });
});

it('does not take for an orderly end that a stopping host, its memory full, was killed', async () => {
  const made = driver({}, 'stubborn');
  await made.start('cart', 'cart-0');
  await said('cart-0');
  const { instance, nonce, pid } = only(made);
  at.books.leaseRows.set(nonce, lease({ instance, nonce }, pid ?? 0, 500));
  await made.stop(instance, nonce);
  process.kill(pid ?? 0, 'SIGKILL');
  await gone(made);
  expect(at.books.exits).toMatchObject([{ cause: 'out_of_memory' }]);
});

it('kills a host that hangs, and cannot tell why it hung', async () => {
  const made = driver({}, 'stubborn');
  await made.start('cart', 'cart-0');
  await said('cart-0');
  const { instance, nonce, pid } = only(made);
  await made.kill(instance, nonce);
  expect(only(made).state).toBe('running');
  await gone(made);
  expect(await processStartTime(pid ?? 0)).toBeUndefined();
  expect(at.books.exits).toEqual([{ instance, nonce, cause: 'unknown' }]);
  await made.kill(instance, nonce);
});
