import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { drawTimeline, timelineOf } from '../src/index.ts';
import { typeOf } from '../src/storefront.ts';

const row = (second: number, latency: number, epoch: number, mode: string) => ({
  phase: 'load' as const,
  scheduled: 1_000_000 + second * 1000,
  done: 1_000_000 + second * 1000 + latency,
  failed: false,
  epoch,
  mode,
});

test('a log is cut into slices with rate, percentiles and the epochs that answered', async () => {
  const rows = [
    row(0, 2, 1, 'tight'),
    row(0.4, 4, 1, 'tight'),
    row(1, 10, 2, 'loose'),
    row(1.9, 30, 2, 'loose'),
  ];
  const timeline = await timelineOf(rows, 1);
  expect(timeline.buckets).toMatchObject([
    { at: 0, perSecond: 2, p50Ms: 3 },
    { at: 1, perSecond: 2, p50Ms: 20 },
  ]);
  expect(timeline.bands).toMatchObject([
    { epoch: 1, mode: 'tight', from: 0, to: 0.4 },
    { epoch: 2, mode: 'loose', from: 1, to: 1.9 },
  ]);
  expect(timeline.seconds).toBe(2);
});

test('calibration and settling are not drawn, and a log without load says so', async () => {
  await expect(timelineOf([{ ...row(0, 1, 1, 'tight'), phase: 'settle' }], 1)).rejects.toThrow(
    'no request of the load',
  );
});

test('the picture names each epoch and carries both curves', async () => {
  const rows = Array.from({ length: 200 }, (_, i) =>
    row(i / 10, 3 + (i % 7), i < 100 ? 4 : 5, i < 100 ? 'tight' : 'hybrid'),
  );
  const svg = drawTimeline(await timelineOf(rows, 0.5), 'a run');
  expect(svg).toContain('tight 4');
  expect(svg).toContain('hybrid 5');
  expect(svg.match(/class="p50"|class="p99"/g)).toHaveLength(2);
});

test('a picture of the shop is of the kind that its name says', () => {
  const names = ['a.png', 'a.jpg', 'a.jpeg', 'A.JPG', 'jpg'];
  expect(names.map(typeOf)).toEqual(['png', 'jpeg', 'jpeg', 'jpeg', 'png']);
});

test('files are found and written from where npm was called', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-picture-'));
  try {
    const rows = [row(0, 2, 1, 'tight'), row(1, 10, 2, 'loose')];
    await writeFile(join(folder, 'log.jsonl'), rows.map((each) => `${JSON.stringify(each)}\n`).join(''));
    const main = join(import.meta.dirname, '../src/main.ts');
    await promisify(execFile)(process.execPath, [main, 'run', '--log', 'log.jsonl', '--out', 'run.svg'], {
      env: { PATH: process.env['PATH'], INIT_CWD: folder },
    });
    expect(await readFile(join(folder, 'run.svg'), 'utf8')).toContain('2 requests');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
