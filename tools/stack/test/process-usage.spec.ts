import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import {
  familyOf,
  listProcesses,
  memoryByName,
  memoryMb,
  ownersOf,
  parseCpuTime,
  type ProcessUsage,
} from '../src/process-usage.ts';
import { median, UsageMeter } from '../src/usage-meter.ts';
import { WearWatch } from '../src/wear.ts';
import { besideLinux } from './beside-linux.ts';

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

test('CPU times of ps are read with and without days', () => {
  expect(parseCpuTime('0:01.50')).toBe(1_500);
  expect(parseCpuTime('2:03:04')).toBe(7_384_000);
  expect(parseCpuTime('1-00:00:01')).toBe(86_401_000);
});

test('beside Linux, ps is asked for CPU times that can be read, whatever language the person speaks', async () => {
  await besideLinux(
    () =>
      `#!/bin/sh\n[ "$LC_ALL" = C ] && point=. || point=,\necho " 7 1 0:01\${point}50 Thu Nov 26 10:00:00 2026"\n`,
  );
  vi.stubEnv('LC_ALL', 'de_AT.UTF-8');
  expect(await listProcesses()).toEqual([
    { pid: 7, parent: 1, start: 'Thu Nov 26 10:00:00 2026', cpuMs: 1_500 },
  ]);
});

test('a look that the system refuses is left out, and ends nothing', async () => {
  await besideLinux(() => '#!/bin/sh\nexit 1\n');
  const meter = new UsageMeter('/nowhere', undefined);
  await meter.look({ mode: 'tight', bundles: 1, requests: 10 });
  expect(meter.overallCpuMsPerRequest()).toBeNull();
  const watch = new WearWatch('/nowhere');
  await watch.look({ atMs: 0, requests: 10 }, 0);
  expect(watch.looks).toEqual([]);
});

test('a family is the roots and all below, without the one left out', () => {
  const usage = (pid: number, parent: number): ProcessUsage => ({ pid, parent, start: '1', cpuMs: 0 });
  const all = [usage(1, 0), usage(10, 1), usage(11, 10), usage(12, 11), usage(20, 1), usage(21, 10)];
  expect(familyOf(all, new Set([10, 12]), 21).map(({ pid }) => pid)).toEqual([10, 11, 12]);
});

test('each process counts once, for the nearest one above it that has a name', () => {
  const usage = (pid: number, parent: number): ProcessUsage => ({ pid, parent, start: '1', cpuMs: 0 });
  const all = [usage(1, 0), usage(10, 1), usage(11, 10), usage(12, 11), usage(20, 1), usage(13, 10)];
  const names = new Map([
    [10, 'switcher'],
    [11, 'shop-0'],
  ]);
  expect(ownersOf(all, names)).toEqual(
    new Map([
      ['switcher', [10, 13]],
      ['shop-0', [11, 12]],
    ]),
  );
});

test('a child is found below this process, with memory of its own', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => 0, 1e3)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  const family = familyOf(await listProcesses(), new Set([process.pid]), undefined);
  expect(family.map(({ pid }) => pid)).toContain(child.pid);
  expect(await memoryMb([child.pid ?? 0])).toBeGreaterThan(3);
});

test('a process of which nothing can be read has no memory of 0: that would meet any goal', async () => {
  const own = new Map([['stack', [process.pid]]]);
  expect((await memoryByName(own))['stack']).toBeGreaterThan(10);
  const gone = new Map([...own, ['cart-0', [2 ** 22 + 1]]]);
  await expect(memoryByName(gone)).rejects.toThrow('the memory of cart-0 cannot be read');
});

test('a median needs values', () => {
  expect([median([]), median([3]), median([4, 1, 9]), median([4, 1, 9, 2])]).toEqual([null, 3, 4, 3]);
});
