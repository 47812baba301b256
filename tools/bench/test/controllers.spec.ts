import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROLLERS, type Report } from '@atlas/stack';
import { expect, onTestFinished, test } from 'vitest';
import { Book } from '../src/controllers/book.ts';
import { cellOf, medians, runsOf, TRACES, troublesOf, type Cell } from '../src/controllers/cells.ts';
import { parseControllers } from '../src/controllers/options.ts';

test('every controller meets every trace as often as asked, in turn', () => {
  const runs = runsOf(3, []);
  expect(runs).toHaveLength(3 * TRACES.length * CONTROLLERS.length);
  expect(runs.slice(0, CONTROLLERS.length).map(({ controller }) => controller)).toEqual(CONTROLLERS);
  expect(new Set(runs.map((run) => JSON.stringify(run))).size).toBe(runs.length);
});

test('traces, controllers and cells can be picked', () => {
  expect(runsOf(1, ['sudden'])).toHaveLength(CONTROLLERS.length);
  expect(runsOf(1, ['atlas'])).toHaveLength(TRACES.length);
  expect(runsOf(2, ['sudden/atlas'])).toEqual([
    { trace: 'sudden', controller: 'atlas', repeat: 1 },
    { trace: 'sudden', controller: 'atlas', repeat: 2 },
  ]);
});

const cell = (sloViolationS: number, cpuMsPerRequest: number | null): Cell => ({
  ...{ trace: 'sudden', controller: 'atlas', requests: 10, failed: 0, switches: 2 },
  ...{ sloViolationS, cpuMsPerRequest },
});

test('a cell is the median of its repeats', () => {
  expect(medians([cell(4, 2), cell(9, 1), cell(5, null)])).toEqual([cell(5, 1.5)]);
  expect(medians([cell(4, null)])).toEqual([cell(4, null)]);
});

test('requests that failed in one of the repeats are not hidden by the others', () => {
  expect(medians([cell(4, 2), { ...cell(4, 2), failed: 3 }, cell(4, 2)])).toMatchObject([{ failed: 3 }]);
});

test('a run of which nothing was told is no cell: it would be one without a second beyond the intent', () => {
  const report = { requests: { total: 9, failed: 0 } } as Report;
  expect(() => cellOf({ trace: 'sudden', controller: 'atlas', repeat: 1 }, report)).toThrow(
    /sudden under atlas/,
  );
});

test('what went wrong in a run is told with it', async () => {
  const home = await mkdtemp(join(tmpdir(), 'atlas-troubles-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const late = 'the load began 4.2 s late';
  const troubles = troublesOf({ reasons: [late, 'nothing was audited'] });
  expect(troubles).toEqual([late]);
  const report = join(home, 'c.json');
  const book = await Book.open({ report, home, capacity: {}, seed: 1, resume: false, commit: null });
  await book.add({ trace: 'sudden', controller: 'atlas', repeat: 1 }, cell(4, 2), { troubles });
  await book.add({ trace: 'sudden', controller: 'atlas', repeat: 2 }, cell(4, 2), { troubles: [] });
  const { runs } = JSON.parse(await readFile(report, 'utf8')) as { runs: { troubles?: string[] }[] };
  expect(runs.map(({ troubles: told }) => told)).toEqual([[late], undefined]);
});

test('every cell is drawn beside a report in JSON, else where it is told to', async () => {
  const home = await mkdtemp(join(tmpdir(), 'atlas-drawn-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const otherwise = join(home, 'state', 'controllers.svg');
  for (const [report, drawn] of [
    [join(home, 'c.json'), join(home, 'c.svg')],
    [join(home, 'c'), otherwise],
    [null, otherwise],
  ] as const) {
    const book = await Book.open({ report, home, capacity: {}, seed: 1, resume: false, commit: '4b1d' });
    await book.add({ trace: 'sudden', controller: 'atlas', repeat: 1 }, cell(41, 2), {});
    await book.add(
      { trace: 'sudden', controller: 'tight', repeat: 1 },
      { ...cell(0, 1), controller: 'tight' },
      {},
    );
    expect(await book.draw(otherwise)).toBe(drawn);
    const svg = await readFile(drawn, 'utf8');
    for (const words of ['2 cells, 2 runs, commit 4b1d', '41 s', '>tight<']) expect(svg).toContain(words);
    await rm(drawn);
  }
});

test('a call goes on with the report of an earlier one, but not of one at other rates or with other requests', async () => {
  const home = await mkdtemp(join(tmpdir(), 'atlas-book-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const report = join(home, 'controllers.json');
  const run = { trace: 'sudden', controller: 'atlas', repeat: 2 } as const;
  const options = { report, home, capacity: { tight: 400 }, seed: 7, commit: '4b1d' };
  const first = await Book.open({ ...options, resume: false });
  await first.add(run, cell(4, 2), {});
  const second = await Book.open({ ...options, resume: true, commit: '9e3f' });
  expect([second.has(run), second.has({ ...run, repeat: 1 })]).toEqual([true, false]);
  await second.add({ ...run, repeat: 1 }, cell(6, 3), {});
  expect(second.cells()).toEqual([cell(5, 2.5)]);
  const { runs } = JSON.parse(await readFile(report, 'utf8')) as { runs: { commit: string }[] };
  expect(runs.map(({ commit }) => commit)).toEqual(['4b1d', '9e3f']);
  await expect(Book.open({ ...options, resume: true, capacity: { tight: 401 } })).rejects.toThrow(
    /other rates/,
  );
  await expect(Book.open({ ...options, resume: true, seed: 1 })).rejects.toThrow(/say --seed 7$/);
  await expect(Book.open({ ...options, resume: true, report: null })).rejects.toThrow(/--resume needs/);
  for (const text of ['{"rows":[]}', '{"cells":']) {
    await writeFile(report, text);
    await expect(Book.open({ ...options, resume: true })).rejects.toThrow(`${report} is no report of`);
  }
});

test.each([
  [['--only', 'noon'], /--only noon: there are the traces/],
  [['--repeats', '0'], /--repeats/],
  [['--fast'], /unknown option '--fast'/],
])('wrong usage %j is one line and exit code 2', (args, line) => {
  const parsed = parseControllers(args, '/x');
  expect(parsed).toMatchObject({ kind: 'exit', code: 2 });
  expect(parsed.kind === 'exit' ? parsed.text : '').toMatch(line);
});

test('what is asked for is taken', () => {
  expect(parseControllers(['--only', 'sudden', 'atlas', '--report', 'r.json'], '/x')).toEqual({
    kind: 'run',
    options: { report: '/x/r.json', resume: false, repeats: 3, only: ['sudden', 'atlas'], seed: 1 },
  });
});
