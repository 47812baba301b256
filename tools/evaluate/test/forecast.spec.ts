import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { evaluate, WARM_UP_MIN, type Cell } from '../src/forecast/evaluate.ts';
import { forecastEvaluation } from '../src/forecast/evaluation.ts';
import { Scorer } from '../src/forecast/score.ts';
import { summarise, tableOf } from '../src/forecast/summary.ts';
import { parseTrace, readTrace, traceFiles } from '../src/forecast/trace.ts';
import { InputError } from '../src/input.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function folderOf(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-traces-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

const csv = (rates: readonly number[]): string =>
  [
    'timestamp_utc,rps',
    ...rates.map((rate, i) => `${new Date(i * 60_000).toISOString().slice(0, 19)}Z,${rate}`),
  ].join('\n');

test('plain and gzipped traces are found, in order, and nothing else', async () => {
  const folder = await folderOf({ 'b.csv.gz': gzipSync(csv([1, 2])), 'a.csv': csv([3]), 'notes.txt': 'x' });
  const traces = await Promise.all((await traceFiles(folder)).map(readTrace));
  expect(traces).toEqual([
    { series: 'a', minutes: [0], rates: [3] },
    { series: 'b', minutes: [0, 1], rates: [1, 2] },
  ]);
});

test.each([
  ['time,rps\n', 'first line'],
  ['timestamp_utc,rps\nyesterday,1', 'line 2: "yesterday" is no time'],
  ['timestamp_utc,rps\n03/04/2026 00:00,1', 'line 2: "03/04/2026 00:00" is no time'],
  ['timestamp_utc,rps\n2020-01-01T00:00:00Z,-1', 'line 2: "-1" is no rate'],
  ['timestamp_utc,rps\n2020-01-01T00:01:00Z,1\n2020-01-01T00:00:00Z,1e999', 'line 3: "1e999" is no rate'],
  ['timestamp_utc,rps\n', 'no row'],
])('a bad trace is refused with its line: %j', (text, message) => {
  expect(() => parseTrace(text)).toThrow(message);
});

test('rows without a rate are gaps, and so are empty ones', () => {
  expect(
    parseTrace(
      'timestamp_utc,rps\n1970-01-01T00:00:00Z,1\n1970-01-01T00:01:00Z,\n\n1970-01-01T00:02:00,3\n1970-01-01T00:03:00Z,NaN',
    ),
  ).toEqual({
    minutes: [0, 2],
    rates: [1, 3],
  });
});

test('rows in any order are one series, and several of one minute count as their mean', () => {
  const rows = ['00:02:00Z,7', '00:00:00Z,1', '00:01:30Z,5', '00:01:00Z,2', '00:01:00Z,2'];
  expect(parseTrace(['timestamp_utc,rps', ...rows.map((row) => `1970-01-01T${row}`)].join('\n'))).toEqual({
    minutes: [0, 1, 2],
    rates: [1, 3, 7],
  });
});

test.each([
  ['a byte-order mark and lines of Windows', '\uFEFFtimestamp_utc,rps\r\n1970-01-01T00:01:00Z,2\r\n'],
  [
    'quotes, capitals, and further columns',
    '"RPS","Timestamp_UTC","p99"\n"2","1970-01-01 00:01:00+00:00","7"',
  ],
  ['the zone of a row', 'timestamp_utc,rps\n1970-01-01 02:01:00+02,1\n1970-01-01 01:01:00 +0100,3'],
  ['months by their names', 'timestamp_utc,rps\nJan 1 1970 00:01:00,1\n1 Jan 1970 00:01,3'],
  ['fractions of a second', 'timestamp_utc,rps\n1970-01-01T00:01:30.123456Z,2e0'],
])('%s are read', (_, text) => {
  expect(parseTrace(text)).toEqual({ minutes: [1], rates: [2] });
});

async function run(files: Readonly<Record<string, string | Buffer>>) {
  const told: string[] = [];
  const traces = await folderOf(files);
  return { ...(await forecastEvaluation.run({ traces }, (line) => told.push(line))), told };
}

test('what cannot be read is left out, and said; nothing at all is an error', async () => {
  const { report, told } = await run({
    'bad.csv': 'timestamp_utc,rps\nsoon,1',
    'cut.csv.gz': gzipSync(csv([1, 2])).subarray(0, 30),
    'empty.csv': '',
    'good.CSV': csv([3, 4]),
  });
  expect(report['leftOut']).toEqual([
    'bad.csv: line 2: "soon" is no time',
    expect.stringMatching(/^cut.csv.gz: /),
    expect.stringMatching(/^empty.csv: the first line must be /),
  ]);
  expect(told.at(-1)).toMatch(/^good: 2 minutes; nothing is scored within the first 1500$/);
  await expect(run({ 'empty.csv': '' })).rejects.toThrow('can be read');
});

test('two files of one name are refused: they would be compared with each other', async () => {
  const files = { 'a.csv': csv([1]), 'a.csv.gz': gzipSync(csv([2])) };
  await expect(run(files)).rejects.toThrow('a.csv and a.csv.gz are both a: leave one of them');
});

test('of a series that is too short, or has no traffic, nothing is claimed', async () => {
  const { text, report } = await run({ 'short.csv': csv([1, 2, 3]) });
  expect(text).toMatch(/– in the mean, – at worst; in its 80 % band: – %$/);
  expect(report['summary']).toEqual({ relativeMape: null, worstRelativeMape: null, coverage80: null });
  const none = await run({ 'none.csv': csv(Array.from({ length: WARM_UP_MIN + 100 }, () => 0)) });
  expect(none.report['summary']).toMatchObject({ relativeMape: null, worstRelativeMape: null });
  expect(none.told).toEqual([`none: ${WARM_UP_MIN + 100} minutes`]);
});

test('an empty or missing folder is said', async () => {
  await expect(traceFiles(await folderOf({}))).rejects.toThrow(InputError);
  await expect(traceFiles('/nowhere/at/all')).rejects.toThrow('cannot read the folder');
});

test('scores are what their definitions say', () => {
  const scorer = new Scorer(10);
  const band80 = { low: 8, high: 12 };
  scorer.add({ forecast: 10, band80, actual: 8, now: 8 }); // 25 %, inside
  scorer.add({ forecast: 10, band80, actual: 20, now: 10 }); // 50 %, a surge, outside
  scorer.add({ forecast: 10, band80, actual: 0.4, now: 10 }); // under 5 % of the mean: in no relative error
  const scores = scorer.scores();
  expect(scores).toMatchObject({ targets: 3, n: 2, mapePct: 37.5, surgeMapePct: 50 });
  expect(scores.smapePct).toBeCloseTo((200 * 2) / 18 / 2 + (200 * 10) / 30 / 2, 9);
  expect(scores.coverage80).toBeCloseTo(1 / 3, 9);
  expect(scores.pinball).toBeGreaterThan(0);
});

test('the share inside the band is one of all targets, those of quiet minutes included', () => {
  const cell = (targets: number, n: number, coverage80: number): Cell => ({
    ...{ series: String(n), horizonMin: 5, model: 'mixture', targets, n, coverage80 },
    ...{ mapePct: 10, smapePct: 10, surgeMapePct: null, pinball: 0.1 },
  });
  expect(summarise([cell(90, 10, 1), cell(10, 10, 0)]).coverage80).toBeCloseTo(0.9, 9);
});

/** A day's curve with noise. */
const dayCurve = (minutes: number): number[] =>
  Array.from({ length: minutes }, (_, i) => {
    const noise = ((i * 7_919) % 101) / 101 - 0.5;
    return 100 * (1.2 - Math.cos((2 * Math.PI * i) / 1_440)) * (1 + 0.3 * noise);
  });

test('all models are scored on the same minutes after the warm-up, and the mixture beats its peers on a day curve', () => {
  const rates = dayCurve(WARM_UP_MIN + 1_500);
  const trace = { series: 'day', minutes: rates.map((_, i) => i), rates };
  const cells = evaluate(trace);
  expect(cells).toHaveLength(9);
  const at5 = cells.filter(({ horizonMin }) => horizonMin === 5);
  expect(new Set(at5.map(({ n }) => n))).toEqual(new Set([1_500 - 5]));
  expect(summarise(cells).relativeMape).toBeLessThan(1);
  expect(tableOf(cells).split('\n')).toHaveLength(10);
});

test('all models are scored on the same minutes where some are missing, and nobody on those', () => {
  const rates = dayCurve(WARM_UP_MIN + 600);
  const isGap = (minute: number): boolean => minute % 7 === 3 || (minute > 1_700 && minute < 1_800);
  const minutes = rates.flatMap((_, minute) => (isGap(minute) ? [] : [minute]));
  const cells = evaluate({ series: 'gaps', minutes, rates: minutes.map((minute) => rates[minute] ?? 0) });
  const told = new Set(minutes);
  for (const horizon of [5, 15, 60]) {
    const targets = minutes.filter((now) => now >= WARM_UP_MIN && told.has(now + horizon)).length;
    const own = cells.filter(({ horizonMin }) => horizonMin === horizon);
    expect(own.map((cell) => cell.targets)).toEqual([targets, targets, targets]);
    for (const { mapePct } of own) expect(mapePct).toBeGreaterThan(0);
  }
});

const YEAR_MIN = 365 * 1_440;

test.each([
  ['a thousandth of it', 1e-3, 0],
  ['a million times of it', 1e6, 0],
  ['hours later', 1, 617],
  ['sixty years earlier, before 1970', 1, -60 * YEAR_MIN],
  ['a thousandth of it across the turn of 1970', 1e-3, -2_000],
])('F1: a series that is %s has the same scores', (_, by, shift) => {
  const rates = dayCurve(WARM_UP_MIN + 300);
  const cellsOf = (times: number, from: number): Cell[] =>
    evaluate({
      series: 'day',
      minutes: rates.map((_rate, i) => from + i),
      rates: rates.map((rate) => rate * times),
    });
  const digits = (cells: readonly Cell[]): unknown =>
    JSON.parse(
      JSON.stringify(cells, (_key, value: unknown) =>
        typeof value === 'number' ? Number(value.toPrecision(6)) : value,
      ),
    );
  expect(digits(cellsOf(by, shift))).toEqual(digits(cellsOf(1, 0)));
});
