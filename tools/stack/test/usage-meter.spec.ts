import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRow, RunFile } from '@atlas/platform-stack';
import { beforeEach, expect, test } from 'vitest';
import { UsageMeter, type Moment } from '../src/usage-meter.ts';
import { besideLinux } from './beside-linux.ts';

const DRIVER = 7;
let folder: string;
let meter: UsageMeter;

/** `ps` tells what `look` has written last. */
beforeEach(async () => {
  folder = await besideLinux((there) => `#!/bin/sh\n/bin/cat "${there}/told"\n`);
  meter = new UsageMeter(folder, DRIVER);
});

/** A look at processes that have used so many seconds of CPU: pid, start and parent (else this process) → seconds. */
async function look(moment: Moment, using: Readonly<Record<string, number>>): Promise<void> {
  const lines = Object.entries(using).map(([key, seconds]) => {
    const [pid = '', start = '', parent = process.pid] = key.split(' ');
    return `${pid} ${parent} 0:${seconds}.00 ${start}`;
  });
  await writeFile(join(folder, 'told'), [`${process.pid} 1 0:0.00 supervisor`, ...lines, ''].join('\n'));
  await meter.look(moment);
}

const runWith = (processes: readonly Pick<ProcessRow, 'app' | 'instance' | 'pid'>[]): RunFile => ({
  ...{ edgeUrl: '', controlUrl: '', operatorToken: '', acquirerUrl: '', postgresUrl: '' },
  processes: processes.map((row) => ({ ...row, rpc: null, startTime: '1' })),
});

const tight = (requests: number, bundles = 1): Moment => ({ mode: 'tight', bundles, requests });
const cpu = (mode: string): number | null | undefined => meter.costs()[mode]?.cpuMsPerRequest;

test('a request costs what all processes but the load driver have used meanwhile', async () => {
  await look(tight(100), { '20 a': 3, [`${DRIVER} d`]: 9 });
  await look(tight(150), { '20 a': 5, '21 b': 1, [`${DRIVER} d`]: 30 });
  expect(cpu('tight')).toBe(3_000 / 50);
  expect(meter.overallCpuMsPerRequest()).toBe(60);
});

test('U5: CPU is told by app; a process that run.json does not name counts for the one above it that it names', async () => {
  const run = runWith([
    { app: 'shop', instance: 'shop-0', pid: 20 },
    { app: 'switcher', instance: 'switcher', pid: 30 },
  ]);
  await writeFile(join(folder, 'run.json'), JSON.stringify(run));
  await look(tight(100), { '20 a': 3, '30 s': 1 });
  await look(tight(150), { '20 a': 5, '30 s': 2, '31 n 30': 1 });
  expect(meter.cpuMsPerRequestByApp()).toEqual({ shop: 40, switcher: 40, stack: 0 });
  expect(meter.overallCpuMsPerRequest()).toBe(80);
});

test('U1: a second in which the shape changed counts for no mode, but for the whole', async () => {
  await look(tight(100), { '20 a': 1 });
  await look({ mode: null, bundles: 1, requests: 200 }, { '20 a': 9 });
  await look({ mode: 'loose', bundles: 1, requests: 300 }, { '20 a': 10 });
  await look({ mode: 'loose', bundles: 1, requests: 400 }, { '20 a': 12 });
  expect(meter.costs()).toEqual({ loose: { cpuMsPerRequest: 20, pssMb: null } });
  expect(meter.overallCpuMsPerRequest()).toBe(11_000 / 300);
});

test('U2: a process that ended takes nothing back, and one under its pid begins anew', async () => {
  await look(tight(100), { '20 a': 8, '21 b': 1 });
  await look(tight(200), { '20 c': 2, '21 b': 2 });
  expect(cpu('tight')).toBe(3_000 / 100);
});

test('U4: a mode that was seen with one bundle and with two is told with one', async () => {
  for (const [bundles, seconds] of [
    [2, 10],
    [1, 20],
    [3, 40],
  ] as const) {
    await look(tight(0, bundles), { '20 a': seconds });
    await look(tight(100, bundles), { '20 a': seconds + bundles });
  }
  expect(cpu('tight')).toBe(10);
});
