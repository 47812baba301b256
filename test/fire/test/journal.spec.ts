import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../src/journal.ts';
import type { Row } from '../src/row.ts';

let folder: string;
const journal = (): string => join(folder, 'fire.jsonl');
const report = (): string => join(folder, 'fire.json');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-journal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const row = (id: string): Row => ({
  ...{ id, point: 'p', participant: 'shop-0', fault: 'kill', transition: 'tight→loose', outcome: 'pass' },
  ...{ agreeMs: 0, failed: 0, excused: 0, audit: 'clean', why: null, seconds: 1 },
});

test('a run goes on where its journal ends', async () => {
  await (await Journal.begin(journal(), 1)).add([row('a'), row('b')]);
  await (await Journal.resume(journal(), 1, null)).add([row('c')]);
  expect((await Journal.resume(journal(), 1, null)).rows.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});

test('without a journal it goes on where the report ends, and keeps a journal of its own', async () => {
  await writeFile(report(), JSON.stringify({ seed: 1, rows: [row('a')] }));
  expect((await Journal.resume(journal(), 1, report())).rows).toEqual([row('a')]);
  expect((await Journal.resume(journal(), 1, null)).rows).toEqual([row('a')]);
});

test('what is of another seed, or not there, is refused', async () => {
  await expect(Journal.resume(journal(), 1, null)).rejects.toThrow('nothing to resume');
  await expect(Journal.resume(journal(), 1, report())).rejects.toThrow('nothing to resume');
  await writeFile(report(), JSON.stringify({ seed: 2, rows: [] }));
  await expect(Journal.resume(journal(), 1, report())).rejects.toThrow('--seed 2');
  await Journal.begin(journal(), 2);
  await expect(Journal.resume(journal(), 1, null)).rejects.toThrow('--seed 2');
});
