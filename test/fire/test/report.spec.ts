import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cellsOf } from '../src/cells.ts';
import { dealt, leftAfter, nextGroup, toDo } from '../src/plan.ts';
import { summaryOf, totalsOf, writeFireReport } from '../src/report.ts';
import { repeated, type Row } from '../src/row.ts';
import { rowLike } from './row-like.ts';

const all = cellsOf(1).slice(0, 8);
const row = (i: number, more: Partial<Row> = {}): Row => ({
  ...rowLike(all[i]!.id),
  ...{ transition: all[i]!.transition.name, ...more },
});
const bad = { outcome: 'fail', failed: 2, seconds: 30, stackSeconds: 30 } as const;
const rows = [
  row(0),
  row(1, { outcome: 'not_reached', agreeMs: null }),
  repeated(row(2, bad), row(2, { commit: 'bbbbbbbbbb+', agreeMs: 70 })),
  repeated(row(3, bad), row(3, { ...bad, commit: 'bbbbbbbbbb+' })),
  row(4, bad),
];

test('totals tell passes at once from passes of the repetition, and a failure from one that may still be repeated', () => {
  expect(totalsOf(all, rows)).toMatchObject({
    ...{ cells: 8, done: 4, left: 4, passed: 1, passedRepeated: 1, failed: 2, toRepeat: 1, notReached: 1 },
    ...{ failedRequests: 8, worstAgreeMs: 70 },
  });
});

test('totals have the time of every try, in cells and beside them, and on which commit it was spent', () => {
  const { minutes, parts } = totalsOf(all, rows);
  expect(minutes).toEqual({ cells: 2.1, stacks: 2.1 });
  expect(parts).toEqual([
    { commit: 'aaaaaaaaaa', tries: 5, minutes: 3.1 },
    { commit: 'bbbbbbbbbb+', tries: 2, minutes: 1 },
  ]);
});

test('the summary is one line that hides nothing', () => {
  expect(summaryOf(totalsOf(all, rows))).toBe(
    '4 of 8 cells run, 4 not yet (1 of them not reached): 1 passed, 1 passed only when repeated, ' +
      '2 failed (1 of them still to be repeated); 8 requests failed, 0 more with what was struck; longest disagreement 70 ms; ' +
      '2.1 min in cells and 2.1 for their stacks, on aaaaaaa (5), bbbbbbb+ (2)',
  );
});

test('a report is JSON with a line for each cell', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-fire-'));
  try {
    const path = join(folder, 'fire.json');
    await writeFireReport(path, { seed: 1, all, rows });
    const text = await readFile(path, 'utf8');
    const document = JSON.parse(text) as { rows: Row[]; summary: string };
    expect(document.rows).toEqual(rows);
    expect(document.summary).toBe(summaryOf(totalsOf(all, rows)));
    expect(text.split('\n')).toContain(`${JSON.stringify(rows[0])},`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

const ids = (cells: readonly { readonly id: string }[]): string[] => cells.map(({ id }) => id);
const idsOf = (...cells: readonly number[]): string[] => cells.map((i) => all[i]!.id);
const doneBy = (known: ReadonlyMap<string, Row>) => ({ row: (id: string) => known.get(id) });

test('a run has as many open cells as it is asked for, those never run before those not reached, and all that are to be repeated', () => {
  const done = doneBy(new Map(rows.map((each) => [each.id, each])));
  expect(ids(toDo(all, done, 2))).toEqual(idsOf(4, 5, 6));
  expect(ids(toDo(all, done, Infinity))).toEqual(idsOf(4, 5, 6, 7, 1));
});

test('a cell that failed is next, alone on its stack; then come the others; what is not reached is tried once in a run', () => {
  const known = new Map(rows.map((each) => [each.id, each]));
  const done = doneBy(known);
  const todo = toDo(all, done, Infinity);
  expect(ids(nextGroup(todo, done))).toEqual(idsOf(4));
  known.set(all[4]!.id, repeated(row(4, bad), row(4, bad)));
  const left = leftAfter([known.get(all[4]!.id)!], todo);
  expect(ids(nextGroup(left, done))).toEqual(idsOf(5, 6, 7, 1));
  const now = [row(5), row(6, bad), row(1, { outcome: 'not_reached' })];
  for (const each of now) known.set(each.id, each);
  expect(ids(leftAfter(now, left))).toEqual(idsOf(6, 7));
  expect(ids(nextGroup(leftAfter(now, left), done))).toEqual(idsOf(6));
  expect(ids(toDo(all, done, Infinity))).toEqual(idsOf(6, 7, 1));
});

test('stacks that run at once have all cells between them, the most different ones first in each', () => {
  const [one = [], other = []] = dealt(all.slice(0, 5), 2);
  expect(one).toEqual([all[0], all[2], all[4]]);
  expect(other).toEqual([all[1], all[3]]);
});
