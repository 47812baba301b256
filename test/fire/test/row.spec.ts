import { describe, expect, test } from 'vitest';
import type { Cell } from '../src/cells.ts';
import type { CellResult } from '../src/cell-run.ts';
import { isToRepeat, repeated, rowsOf, verdictOf, type Group, type Row } from '../src/row.ts';
import { TRANSITIONS } from '../src/shapes.ts';

const [transition] = TRANSITIONS;
const result = (cell: Partial<Cell>, times: Partial<CellResult> = {}): CellResult => ({
  cell: {
    ...{ id: 'p|x|kill', point: 'switch.committed', cause: 'switch', participant: 'cart-0' },
    ...{ passer: 'switcher', fault: 'kill', transition: transition! },
    ...cell,
  },
  ...{ outcome: 'pass', agreeMs: 120, why: null, from: 1_000, struckAt: 1_200, to: 15_000 },
  ...times,
});
const failed = (status: number, done = 2_000) => ({ status, done, sent: done - 500, route: 'GET /' });

const group = (results: readonly CellResult[], more: Partial<Group> = {}): Row[] =>
  rowsOf({ results, failures: [], problems: [], seconds: 30, commit: 'c', ...more });

const rowOf = (only: CellResult, failures: Group['failures'], problems: readonly string[] = []): Row =>
  group([only], { failures, problems })[0]!;

describe('a row', () => {
  test('is a pass only without failed requests in its time, and with a clean audit', () => {
    expect(rowOf(result({}), [])).toMatchObject({ outcome: 'pass', failed: 0, commit: 'c', first: null });
    expect(rowOf(result({}), [failed(503)])).toMatchObject({ outcome: 'fail', failed: 1, excused: 0 });
    expect(rowOf(result({}), [], ['a lost order'])).toMatchObject({ outcome: 'fail', audit: 'problems' });
  });

  test('has the failures since its cell began until the next one begins: none is nobody’s', () => {
    const earlier = result({ id: 'a' });
    const later = result({ id: 'b' }, { from: 20_000, to: 30_000 });
    const at = (...done: number[]): number[] =>
      group([earlier, later], { failures: done.map((each) => failed(500, each)) }).map((row) => row.failed);
    expect(at(2_000)).toEqual([1, 0]);
    expect(at(17_000)).toEqual([1, 0]);
    expect(at(20_000)).toEqual([0, 1]);
    expect(at(500, 31_000)).toEqual([1, 1]);
  });

  test('has what was sent in it and failed in the next one only if its own fault alone excuses that', () => {
    const frozen = result({ id: 'a', fault: 'freeze' });
    const later = result({ id: 'b' }, { from: 4_000, struckAt: 4_500, to: 30_000 });
    const told = (status: number, sent: number): number[][] =>
      group([frozen, later], { failures: [{ status, sent, done: 4_100, route: 'GET /' }] }).map((row) => [
        row.failed,
        row.excused,
      ]);
    expect(told(503, 1_300)).toEqual([
      [0, 1],
      [0, 0],
    ]);
    expect(told(500, 1_300)).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(told(503, 4_050)).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  test('shares what its stack took beside its cells with the others there', () => {
    const results = [result({ id: 'a' }), result({ id: 'b' }, { from: 20_000, to: 24_000 })];
    const rows = group(results, { seconds: 30 });
    expect(rows.map(({ seconds, stackSeconds }) => [seconds, stackSeconds])).toEqual([
      [14, 6],
      [4, 6],
    ]);
  });

  test('excuses what nobody could answer, and nothing else', () => {
    const edge = result({ participant: 'shop-0' });
    expect(rowOf(edge, [failed(0)])).toMatchObject({ outcome: 'pass', excused: 1 });
    expect(rowOf(edge, [failed(503)])).toMatchObject({ outcome: 'fail' });
    const hung = { ...failed(0, 16_500), sent: 1_500 };
    expect(rowOf(edge, [hung])).toMatchObject({ outcome: 'fail', failed: 1 });
    expect(rowOf(result({ participant: 'shop-0', fault: 'freeze' }), [failed(0)]).outcome).toBe('fail');
    expect(rowOf(result({ participant: 'postgres' }), [failed(503)]).outcome).toBe('pass');
    const data = {
      point: 'saga.charge.before',
      participant: 'cart-0',
      passer: 'cart-0',
      fault: 'partition',
    } as const;
    expect(rowOf(result(data), [failed(503)]).outcome).toBe('pass');
    expect(rowOf(result(data), [failed(500)]).outcome).toBe('fail');
    const frozen = result({ participant: 'cart-0', fault: 'freeze' });
    expect(rowOf(frozen, [failed(503, 4_000)])).toMatchObject({ outcome: 'pass', excused: 1 });
    expect(rowOf(frozen, [failed(503, 9_000)])).toMatchObject({ outcome: 'fail', failed: 1 });
    expect(rowOf(frozen, [failed(500, 4_000)]).outcome).toBe('fail');
  });
});

describe('a cell that failed', () => {
  const passed = rowOf(result({}), []);
  const bad = rowOf(result({}), [failed(500)]);
  const absent = rowOf(result({}, { outcome: 'not_reached' }), []);

  test('is to be repeated once, and no other is', () => {
    expect([passed, bad, absent].map(isToRepeat)).toEqual([false, true, false]);
    expect(isToRepeat(repeated(bad, bad))).toBe(false);
  });

  test('keeps what the first try came to', () => {
    const { id, transition: name, first: none, ...first } = bad;
    expect(repeated(bad, passed)).toEqual({ ...passed, first });
    expect([id, name, none]).toEqual([passed.id, passed.transition, null]);
    expect(repeated(undefined, passed)).toBe(passed);
  });

  test('is no pass when it passes again, and has failed when it fails or is not reached again', () => {
    expect([passed, bad, absent].map(verdictOf)).toEqual(['pass', 'fail', 'not_reached']);
    const again = [passed, bad, absent].map((second) => verdictOf(repeated(bad, second)));
    expect(again).toEqual(['pass_repeated', 'fail', 'fail']);
  });
});

test('the row of a cell that was not reached gives way to that of its next try', () => {
  const [absent] = group([result({}, { outcome: 'not_reached' })]);
  for (const outcome of ['pass', 'fail', 'not_reached'] as const) {
    const [now] = group([result({}, { outcome })]);
    expect(repeated(absent, now!)).toBe(now);
  }
});
