import { EventEmitter } from 'node:events';
import { BOOST_CPU_MS, BOOST_MS, type CpuGroups } from '@atlas/platform-stack';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { limitedSystem } from '../src/adapters/limited-system.ts';
import type { OperatingSystem, SpawnOptions } from '../src/ports/operating-system.ts';

const options: SpawnOptions = {
  ...{ recipe: { main: 'main.js', env: {} }, instance: 'cart-0', nonce: '1f', logsDir: 'logs' },
  ...{ lifelineFd: undefined, edgeFd: undefined, mayStill: () => true },
};

function machine() {
  const child = Object.assign(new EventEmitter(), { pid: 4711, exitCode: null, signalCode: null });
  const system: OperatingSystem = {
    nonce: () => '1f',
    spawn: ({ mayStill }) => Promise.resolve(mayStill() ? child : undefined),
    startTime: () => Promise.resolve('1'),
    signal: () => Promise.resolve(true),
  };
  return { child, system };
}

/** Writes down what is asked of it; `used` is the CPU time of each host. */
function groupsThat(refuse: boolean, used = { ms: BOOST_CPU_MS }): { groups: CpuGroups; asked: unknown[] } {
  const asked: unknown[] = [];
  const groups: CpuGroups = {
    limit: (name, process) => {
      asked.push([name, process]);
      return refuse ? Promise.reject(new Error('EPERM')) : Promise.resolve();
    },
    usedMs: () => Promise.resolve(used.ms),
    release: (name) => {
      asked.push(name);
      return Promise.resolve();
    },
  };
  return { groups, asked };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a host is limited when its boost is over, and its group ends with it', async () => {
  const { child, system } = machine();
  const { groups, asked } = groupsThat(false);
  await limitedSystem(system, { groups, cores: 0.3, say: () => undefined }).spawn(options);
  await vi.advanceTimersByTimeAsync(BOOST_MS - 1);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([['cart-0-1f', { pid: 4711, cores: 0.3 }]]);
  child.emit('exit', 0, null);
  expect(asked.at(-1)).toBe('cart-0-1f');
});

test('a host that waits keeps the boost that it has not used', async () => {
  const { system } = machine();
  const used = { ms: BOOST_CPU_MS - 1 };
  const { groups, asked } = groupsThat(false, used);
  await limitedSystem(system, { groups, cores: 0.3, say: () => undefined }).spawn(options);
  await vi.advanceTimersByTimeAsync(10 * BOOST_MS);
  expect(asked).toEqual([]);
  used.ms = BOOST_CPU_MS;
  await vi.advanceTimersByTimeAsync(BOOST_MS);
  expect(asked).toEqual([['cart-0-1f', { pid: 4711, cores: 0.3 }]]);
});

test('a host that cannot be limited goes on, and that is said', async () => {
  const { child, system } = machine();
  const said: unknown[] = [];
  const say = (...words: unknown[]): void => void said.push(words);
  const { groups } = groupsThat(true);
  expect(await limitedSystem(system, { groups, cores: 0.3, say }).spawn(options)).toBe(child);
  await vi.advanceTimersByTimeAsync(BOOST_MS);
  expect(said).toEqual([['host could not be limited', { instance: 'cart-0', error: 'Error: EPERM' }]]);
});

test('a host that ended before is not limited: its pid may be that of another process by then', async () => {
  const { child, system } = machine();
  const { groups, asked } = groupsThat(false);
  await limitedSystem(system, { groups, cores: 0.3, say: () => undefined }).spawn(options);
  child.emit('exit', 0, null);
  await vi.advanceTimersByTimeAsync(BOOST_MS);
  expect(asked).toEqual(['cart-0-1f']);
});

test('nor is one that had ended before anybody could listen, and nobody looks at its pid again', async () => {
  const { child, system } = machine();
  const { groups } = groupsThat(false);
  const usedMs = vi.fn(() => Promise.resolve(0));
  const limited = limitedSystem(
    { ...system, spawn: () => Promise.resolve(Object.assign(child, { exitCode: 1 })) },
    { groups: { ...groups, usedMs }, cores: 0.3, say: () => undefined },
  );
  expect(await limited.spawn(options)).toBe(child);
  await vi.advanceTimersByTimeAsync(BOOST_MS);
  expect(usedMs).not.toHaveBeenCalled();
});

test('nor is one that ends while its CPU time is read', async () => {
  const { child, system } = machine();
  const { groups, asked } = groupsThat(false);
  const usedMs = (): Promise<number> => {
    child.emit('exit', 0, null);
    return Promise.resolve(BOOST_CPU_MS);
  };
  const limited = limitedSystem(system, {
    groups: { ...groups, usedMs },
    ...{ cores: 0.3, say: () => undefined },
  });
  await limited.spawn(options);
  await vi.advanceTimersByTimeAsync(BOOST_MS);
  expect(asked).toEqual(['cart-0-1f']);
});

test('nothing is limited when nothing was spawned', async () => {
  const { groups, asked } = groupsThat(false);
  const limited = limitedSystem(machine().system, { groups, cores: 0.3, say: () => undefined });
  expect(await limited.spawn({ ...options, mayStill: () => false })).toBeUndefined();
  expect(asked).toEqual([]);
});
