import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { updateRunFile } from '@atlas/platform-stack';
import { expect, onTestFinished, test } from 'vitest';
import { WearWatch, wearOf, wearTroubles, type Wear, type WearLook } from '../src/wear.ts';

const MINUTE = 60_000;

/** One look each 10 s; sizes as functions of the time in minutes. */
function looks(minutes: number, of: (minute: number) => Partial<WearLook> & { rps?: number }): WearLook[] {
  let requests = 0;
  return Array.from({ length: minutes * 6 + 1 }, (_, i) => {
    const { rps = 100, ...rest } = of(i / 6);
    requests += rps * 10;
    return {
      atMs: i * 10_000,
      requests,
      processes: { 'shop-0 1': { memoryMb: 200, descriptors: 40 } },
      connections: 20,
      ...rest,
    };
  });
}

const wearFrom = (all: readonly WearLook[]): Wear => {
  const wear = wearOf(all, 2 * MINUTE);
  if (!wear) throw new Error('too few looks');
  return wear;
};

test('a steady hour has nothing to complain about, whatever happened in its warm-up', () => {
  const wear = wearFrom(
    looks(60, (minute) => ({
      processes: { 'shop-0 1': { memoryMb: minute < 5 ? 100 : 200, descriptors: 40 } },
    })),
  );
  expect(wear).toMatchObject({ minutes: 60, memoryGrowth: 0, throughput: { beginRps: 100, drift: 0 } });
  expect(wearTroubles(wear)).toEqual([]);
});

test.each([
  [
    'memory',
    (minute: number) => ({ processes: { 'shop-0 1': { memoryMb: 200 + minute, descriptors: 40 } } }),
  ],
  [
    'descriptors',
    (minute: number) => ({ processes: { 'shop-0 1': { memoryMb: 200, descriptors: 40 + 2 * minute } } }),
  ],
  ['connections', (minute: number) => ({ connections: 20 + minute })],
  ['throughput', (minute: number) => ({ rps: 100 - minute / 5 })],
])('%s that grows or drifts through an hour is told', (what, of) => {
  const troubles = wearTroubles(wearFrom(looks(60, of)));
  expect(troubles).toHaveLength(1);
  expect(troubles[0]).toContain(what);
});

test('Y1: the begin is the second tenth and the end the last one; neither is more', () => {
  const held = (minute: number): number => (minute < 8 ? 100 : minute < 54.5 ? 200 : 300);
  const wear = wearFrom(
    looks(60, (minute) => ({ processes: { 'shop-0 1': { memoryMb: held(minute), descriptors: 40 } } })),
  );
  expect(wear).toMatchObject({ processes: [{ beginMb: 200, endMb: 300 }], memoryGrowth: 0.5 });
});

test('an hour in which nothing was seen is no steady one', () => {
  const blind = looks(60, (minute) => (minute > 50 ? { processes: {}, connections: 0 } : {}));
  const seldom = looks(60, () => ({})).filter((_, i) => i % 30 === 0);
  expect(wearTroubles(wearFrom(blind))).toEqual([
    'no process was seen all the time',
    'no database connection was seen at the end',
  ]);
  expect(wearTroubles(wearFrom(seldom))).toEqual(['no two passes of the traffic were seen as a whole']);
});

test('Y2: a process that came or went does not count', () => {
  const wear = wearFrom(
    looks(60, (minute) => ({
      processes: {
        'shop-0 1': { memoryMb: 200, descriptors: 40 },
        ...(minute > 30 ? { 'cart-0 9': { memoryMb: 100, descriptors: 30 } } : {}),
      },
    })),
  );
  expect(wear.processes.map(({ instance }) => instance)).toEqual(['shop-0']);
});

test('a short run is told, and not judged', () => {
  const wear = wearFrom(looks(10, (minute) => ({ connections: 20 + 10 * minute })));
  expect(wear.connections.end).toBeGreaterThan(wear.connections.begin);
  expect(wearTroubles(wear)).toEqual([]);
  expect(wearOf([], MINUTE)).toBeUndefined();
});

test('a look counts what the processes of a stack hold', async () => {
  const home = await mkdtemp(join(tmpdir(), 'atlas-wear-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const row = { app: 'shop', instance: 'shop-0', pid: process.pid, rpc: null, startTime: '7' };
  await updateRunFile(home, (document) => ({ ...document, processes: [row] }));
  const watch = new WearWatch(home);
  await watch.look({ atMs: 0, requests: 0 }, 0);
  const [[name, held] = ['', undefined]] = Object.entries(watch.looks[0]?.processes ?? {});
  expect(name).toBe('shop-0 7');
  expect(held?.memoryMb).toBeGreaterThan(10);
});
