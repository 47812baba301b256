import { tightLayout, type Layout } from '@atlas/control-layout';
import type { Database } from '@atlas/platform-database';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pools, REMEMBERED_MS } from '../src/pools.ts';

function fakeDatabase() {
  const setPoolSize = vi.fn();
  const query = vi.fn(() => Promise.resolve([]));
  const stats = vi.fn(() => ({ total: 3, idle: 2, waiting: 0 }));
  return { setPoolSize, query, stats } satisfies Partial<Database>;
}

function pools(kind: 'bundle' | 'service', modules: readonly string[], budget = 60) {
  const fakes = new Map(modules.map((module) => [module, fakeDatabase()]));
  const databases = new Map(
    [...fakes].map(([module, fake]) => [module, fake as Partial<Database> as Database]),
  );
  return { fakes, pools: new Pools(kind, budget, databases) };
}

const loose: Layout = {
  placements: { a: 'service', b: 'service' },
  instances: { bundle: 1, a: 2, b: 1 },
  canary: {},
  configVersion: 1,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('Pools', () => {
  it('divide the budget by the layouts that are alive, together', () => {
    const { fakes, pools: own } = pools('bundle', ['a', 'b']);
    own.follow([tightLayout(['a', 'b'])]);
    expect(fakes.get('a')?.setPoolSize).toHaveBeenLastCalledWith(30);
    own.follow([tightLayout(['a', 'b']), loose]);
    const both = fakes.get('a')?.setPoolSize.mock.lastCall?.[0] as number;
    expect(both).toBeLessThan(30);
    own.follow([loose]);
    vi.advanceTimersByTime(REMEMBERED_MS);
    expect(fakes.get('a')?.setPoolSize.mock.lastCall?.[0]).toBeLessThan(both);
  });

  it('reckon that while from the last end of a layout that has come back (P1)', () => {
    const { fakes, pools: own } = pools('service', ['a']);
    const size = () => fakes.get('a')?.setPoolSize.mock.lastCall?.[0] as number;
    const tight = tightLayout(['a', 'b']);
    own.follow([tight, loose]);
    const both = size();
    for (let turn = 0; turn < 3; turn += 1) {
      own.follow([tight]);
      vi.advanceTimersByTime(REMEMBERED_MS / 3);
      if (turn < 2) own.follow([tight, loose]);
    }
    vi.advanceTimersByTime(REMEMBERED_MS / 3);
    expect(size()).toBe(both);
    vi.advanceTimersByTime(REMEMBERED_MS / 3);
    expect(size()).toBeLessThan(both);
  });

  it('keep the share of a layout for a while after its end, however often it comes and goes (P1)', () => {
    const { fakes, pools: own } = pools('service', ['a']);
    const size = () => fakes.get('a')?.setPoolSize.mock.lastCall?.[0] as number;
    const tight = tightLayout(['a', 'b']);
    own.follow([tight, loose]);
    const both = size();
    for (let turn = 0; turn < 3; turn += 1) {
      own.follow([tight]);
      vi.advanceTimersByTime(REMEMBERED_MS - 1);
      expect(size()).toBe(both);
      own.follow([loose]);
      vi.advanceTimersByTime(1);
      expect(size()).toBe(both);
    }
    own.follow([tight]);
    vi.advanceTimersByTime(REMEMBERED_MS);
    expect(size()).toBe(1);
  });

  it('leave a bundle in reserve one connection for each module, until it is none any more (P2)', () => {
    const { fakes, pools: own } = pools('bundle', ['a', 'b']);
    own.reserve(true);
    own.follow([tightLayout(['a', 'b'])]);
    expect(fakes.get('a')?.setPoolSize).toHaveBeenLastCalledWith(1);
    own.reserve(false);
    expect(fakes.get('a')?.setPoolSize).toHaveBeenLastCalledWith(30);
  });

  it('leave a service that no layout names one connection, and every pool as it is without a layout', () => {
    const { fakes, pools: own } = pools('service', ['a']);
    own.follow([]);
    expect(fakes.get('a')?.setPoolSize).not.toHaveBeenCalled();
    own.follow([tightLayout(['a', 'b'])]);
    expect(fakes.get('a')?.setPoolSize).toHaveBeenLastCalledWith(1);
  });

  it('open the connections of the modules that a coming layout places here, before it is held', async () => {
    const { fakes, pools: own } = pools('bundle', ['a', 'b']);
    own.follow([loose]);
    const mixed: Layout = { ...loose, placements: { a: 'bundle', b: 'service' } };
    await own.prepare(mixed, [loose]);
    expect(fakes.get('a')?.query).toHaveBeenCalled();
    expect(fakes.get('b')?.query).not.toHaveBeenCalled();
    expect(fakes.get('a')?.setPoolSize.mock.lastCall?.[0]).toBeGreaterThan(
      fakes.get('a')?.setPoolSize.mock.calls[0]?.[0] as number,
    );
  });

  it('of all hosts together keep within the budget, but for one of each service that no layout names (P2)', () => {
    const modules = ['a', 'b', 'c'];
    const place = fc.constantFrom('bundle' as const, 'service' as const);
    const count = fc.integer({ min: 1, max: 4 });
    const layout: fc.Arbitrary<Layout> = fc.record({
      placements: fc.record({ a: place, b: place, c: place }),
      instances: fc.record({ bundle: count, a: count, b: count, c: count }),
      canary: fc.constant({}),
      configVersion: fc.constant(1),
    });
    const sizeOf = (kind: 'bundle' | 'service', own: readonly string[], alive: readonly Layout[]): number => {
      const { fakes, pools: of } = pools(kind, own);
      of.follow(alive);
      return [...fakes.values()].reduce((sum, fake) => sum + Number(fake.setPoolSize.mock.lastCall?.[0]), 0);
    };
    fc.assert(
      fc.property(fc.array(layout, { minLength: 1, maxLength: 4 }), count, (alive, kept) => {
        const naming = (host: string): Layout[] =>
          alive.filter(({ placements }) => host === 'bundle' || placements[host] === 'service');
        const most = (host: string): number =>
          Math.max(...naming(host).map(({ instances }) => instances[host] ?? 1));
        const named = (module: string): boolean => naming(module).length > 0;
        const services = modules.map((module) => ({
          module,
          hosts: named(module) ? most(module) : kept,
          size: sizeOf('service', [module], alive),
        }));
        const all = services.reduce(
          (sum, { hosts, size }) => sum + hosts * size,
          most('bundle') * sizeOf('bundle', modules, alive),
        );
        const unnamed = modules.filter((module) => !named(module)).length * kept;
        expect(all).toBeLessThanOrEqual(60 + unnamed);
      }),
    );
  });

  it('ask nothing of connections that are open', async () => {
    const { fakes, pools: own } = pools('bundle', ['a']);
    own.follow([tightLayout(['a'])]);
    fakes.get('a')?.stats.mockReturnValue({ total: 4, idle: 2, waiting: 0 });
    await own.prepare(tightLayout(['a']), []);
    expect(fakes.get('a')?.query).not.toHaveBeenCalled();
  });

  it('let a switch go on when Postgres is away', async () => {
    const { fakes, pools: own } = pools('bundle', ['a']);
    fakes.get('a')?.query.mockRejectedValue(new Error('away'));
    await expect(own.prepare(tightLayout(['a']), [])).resolves.toBeUndefined();
  });

  it('open several connections of every module at once, and tell how they are used', async () => {
    const { fakes, pools: own } = pools('bundle', ['a', 'b']);
    own.follow([tightLayout(['a', 'b'])]);
    await own.warm();
    for (const fake of fakes.values()) expect(fake.query).toHaveBeenCalledTimes(4);
    expect(own.readings()).toContainEqual({ labels: { module: 'a', state: 'idle' }, value: 2 });
  });
});
