import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { evaluate, THRESHOLDS, USUAL_ROWS } from '../src/anomaly/evaluate.ts';
import { labelledIn, parseTable, type Labelled } from '../src/anomaly/labelled.ts';
import { runsOf, scoresOf } from '../src/anomaly/score.ts';
import { summarise, tableOf } from '../src/anomaly/summary.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** What a folder with these files holds, and what of it is left out. */
async function readAll(files: Readonly<Record<string, string | Buffer>>) {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-labelled-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const leftOut: string[] = [];
  const found: Labelled[] = [];
  for await (const each of labelledIn(folder, (why) => leftOut.push(why))) found.push(each);
  return { found, leftOut };
}

describe('a folder of labelled figures', () => {
  test('what is usual goes with what is labelled; words and what tells of labels are no figures', async () => {
    const { found, leftOut } = await readAll({
      'a_train.csv': 't,x\n0,1\n1,2',
      'a_test.csv.gz': gzipSync('t,x,label\n0,3,0\n1,,1\n'),
      'b.csv': 'time,x,word,label_any,label_pod\n10:00,1,up,1,0',
      'notes.txt': 'x',
    });
    expect(leftOut).toEqual([]);
    const rows = (...values: number[]) => values.map((value) => Float64Array.of(value));
    expect(found).toEqual([
      { series: 'a', figures: ['x'], usual: rows(1, 2), rows: rows(3, Number.NaN), labels: [false, true] },
      { series: 'b', figures: ['x'], usual: [], rows: rows(1), labels: [true] },
    ]);
  });

  test('what cannot be scored is left out, and said; nothing at all is an error', async () => {
    const { leftOut } = await readAll({
      'good.csv': 't,x,label\n0,1,0',
      'long.csv': 't,pod,x,label\n0,a,1,0\n0,b,1,0',
      'other_train.csv': 't,y\n0,1',
      'other_test.csv': 't,x,label\n0,1,0',
      'plain.csv': 't,x\n0,1',
      'words.csv': 't,x,label\n0,up,0',
    });
    expect(leftOut).toEqual([
      'long.csv: a moment has several rows',
      'other_test.csv: what is usual has other figures',
      'plain.csv: it has no column label',
      'words.csv: there is no figure',
    ]);
    await expect(readAll({ 'plain.csv': 't,x\n0,1' })).rejects.toThrow('is labelled');
    await expect(labelledIn('/nowhere/at/all', () => undefined).next()).rejects.toThrow('cannot read');
    expect(() => parseTable('t,x,label\n')).toThrow('there is no row');
  });
});

test('a column of numbers is a figure also when its first ones are not known', () => {
  const { figures, rows } = parseTable('t,mean,word,none,label\n0,,NaN,,0\n1,nan,up,,0\n2,3,up,,1');
  expect(figures).toEqual(['mean']);
  expect(rows.map(([mean]) => mean)).toEqual([Number.NaN, Number.NaN, 3]);
});

test('blanks around commas are no part of a cell, and a figure of blanks is not known', () => {
  const { figures, rows, labels } = parseTable('t, x, label\n0, 1, 0\n1,  , 1');
  expect([figures, labels]).toEqual([['x'], [false, true]]);
  expect(rows.map(([x]) => x)).toEqual([1, Number.NaN]);
});

const bits = (text: string): boolean[] => [...text].map((bit) => bit === '1');

test('alarms are scored by moments and by events', () => {
  expect(runsOf(bits('0110100'))).toEqual([
    { from: 1, to: 3 },
    { from: 4, to: 5 },
  ]);
  const labels = bits('0011110000110000');
  expect(scoresOf(bits('0000110010000001'), labels, 60)).toEqual({
    ...{ labelled: 6 / 16, precision: 0.5, recall: 2 / 6, events: 2, found: 1, detectS: 120 },
    falsePerDay: 2 / ((10 * 60) / 86_400),
  });
  expect(scoresOf(bits('00'), bits('00'), 60)).toMatchObject({
    precision: null,
    recall: null,
    detectS: null,
  });
  expect(scoresOf(bits('11'), bits('11'), 60)).toMatchObject({ precision: 1, falsePerDay: null });
});

/** Two figures that hum, and one that never changes, which both are far off from `at` on. */
function humming(length: number, at: number): Labelled {
  const rows = Array.from({ length }, (_, i) => {
    const off = i >= at ? 40 : 0;
    return Float64Array.of(Math.sin(i) + off, Math.cos(2 * i) - off, 1 + off);
  });
  const labels = rows.map((_, i) => i >= at);
  return { series: 'hum', figures: ['x', 'y', 'still'], usual: [], rows, labels };
}

test('what is far off is found by both models, without a false alarm, and told in a table', () => {
  const cells = evaluate(humming(400, 300), 1);
  expect(cells).toHaveLength(2 * THRESHOLDS.length);
  expect(cells[0]?.n).toBe(400 - USUAL_ROWS);
  for (const { threshold, precision, found, falsePerDay, model, detectS } of cells) {
    expect([precision, found, falsePerDay], `${model} above ${threshold}`).toEqual([1, 1, 0]);
    expect(detectS).toBeLessThan(10);
  }
  expect(summarise([...cells, ...cells])[0]).toMatchObject({
    ...{ series: 'all', model: 'residuals', threshold: 0.3, precision: 1, events: 2, found: 2 },
    ...{ n: 2 * (400 - USUAL_ROWS), labelled: 100 / 340, falsePerDay: 0 },
  });
  expect(tableOf(cells).split('\n')[1]).toMatch(/^hum +residuals +0.3 +0.29 +1.00 +\S+ +1 of 1 +\d +0.0$/);
});

test('a file with no more rows than tell what is usual has no scores, and spoils none of the others', () => {
  const short = evaluate(humming(USUAL_ROWS, 30), 1);
  expect(short[0]).toMatchObject({ n: 0, labelled: null, precision: null, falsePerDay: null });
  expect(summarise([...short, ...evaluate(humming(400, 300), 1)])[0]?.labelled).toBe(100 / 340);
});
