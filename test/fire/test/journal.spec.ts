import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../src/journal.ts';
import { cellsOf } from '../src/cells.ts';
import { repeated, type Row } from '../src/row.ts';
import { rowLike } from './row-like.ts';

let folder: string;
const journal = (): string => join(folder, 'fire.jsonl');
const report = (): string => join(folder, 'fire.json');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-journal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const row = (id: string, more: Partial<Row> = {}): Row => ({ ...rowLike(id), ...more });

test('a run goes on where its journal ends', async () => {
  await (await Journal.begin(journal(), 1)).add([row('a'), row('b')]);
  await (await Journal.resume(journal(), 1, null)).add([row('c')]);
  expect((await Journal.resume(journal(), 1, null)).rows.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});

test('the newest row of a cell counts, also after the run was ended', async () => {
  const failed = row('a', { outcome: 'fail' });
  const first = await Journal.begin(journal(), 1);
  await first.add([failed, row('b')]);
  await first.add([repeated(failed, row('a'))]);
  const rows = [repeated(failed, row('a')), row('b')];
  expect(first.rows).toEqual(rows);
  expect((await Journal.resume(journal(), 1, null)).rows).toEqual(rows);
});

test('what is not drawn any more, or drawn with another transition, is forgotten', async () => {
  const [one, other] = cellsOf(1);
  const kept = row(one!.id, { transition: one!.transition.name });
  const changed = row(other!.id, { transition: 'tight→nowhere' });
  const all = await Journal.begin(journal(), 1);
  await all.add([kept, changed, row('gone')]);
  all.keep(cellsOf(1));
  expect(all.rows).toEqual([kept]);
});

test('without a journal it goes on where the report ends, and keeps a journal of its own', async () => {
  await writeFile(report(), JSON.stringify({ seed: 1, rows: [row('a')] }));
  expect((await Journal.resume(journal(), 1, report())).rows).toEqual([row('a')]);
  expect((await Journal.resume(journal(), 1, null)).rows).toEqual([row('a')]);
});

test('a journal that is of a shorter run, as the sample in CI is, costs nothing that the report holds', async () => {
  const again = row('a', { seconds: 99 });
  await (await Journal.begin(journal(), 1)).add([again]);
  await writeFile(report(), JSON.stringify({ seed: 1, rows: [row('a'), row('b')] }));
  expect((await Journal.resume(journal(), 1, report())).rows).toEqual([again, row('b')]);
  expect((await Journal.resume(journal(), 1, null)).rows).toEqual([again, row('b')]);
});

test('where nothing is to go on with it begins, so that one command can be given again and again', async () => {
  expect((await Journal.resume(journal(), 1, report())).rows).toEqual([]);
  await (await Journal.resume(journal(), 1, report())).add([row('a')]);
  expect((await Journal.resume(journal(), 1, report())).rows).toEqual([row('a')]);
});

test('a line that a stop tore costs its own cell, and none that comes after it', async () => {
  await (await Journal.begin(journal(), 1)).add([row('a')]);
  await appendFile(journal(), JSON.stringify(row('torn')).slice(0, 40));
  await (await Journal.resume(journal(), 1, null)).add([row('b')]);
  expect((await Journal.resume(journal(), 1, null)).rows.map(({ id }) => id)).toEqual(['a', 'b']);
});

test.each(['', '[]', '{"summary":"of something else"}', '{"seed":1'])(
  'what is no journal, or no report, of cells is named and left alone: %j',
  async (text) => {
    await writeFile(report(), text);
    await expect(Journal.resume(journal(), 1, report())).rejects.toThrow(`${report()} is no report of cells`);
    await expect(Journal.resume(journal(), 1, report())).rejects.toThrow(`${report()} is no report of cells`);
    await writeFile(journal(), text);
    await expect(Journal.resume(journal(), 1, null)).rejects.toThrow(`${journal()} is no journal of cells`);
  },
);

test('what is of another seed is refused', async () => {
  await writeFile(report(), JSON.stringify({ seed: 2, rows: [] }));
  await expect(Journal.resume(journal(), 1, report())).rejects.toThrow('--seed 2');
  await Journal.begin(journal(), 2);
  await expect(Journal.resume(journal(), 1, null)).rejects.toThrow('--seed 2');
});
