import { Value } from '@sinclair/typebox/value';
import { mkdtemp, open, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StackError } from '@atlas/platform-stack';
import { UsageError } from '../src/options.ts';
import { assertWritable, makeReport, writeReport } from '../src/report.ts';
import { ReportSchema } from '../src/report-schema.ts';
import { summaryTable } from '../src/summary-table.ts';
import { cutShort, movedAfter } from '../src/verdict.ts';
import { sampleAudit, sampleInput, sampleSummary, sampleSwitch } from './sample.ts';

test('the published schema is the one that reports are made of', async () => {
  const published = await readFile(join(import.meta.dirname, '../../../docs/report.schema.json'), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(ReportSchema)));
});

test('a run without fault passes, and its report fits the schema, also after JSON', () => {
  const report = makeReport(sampleInput);
  expect(report).toMatchObject({
    verdict: 'pass',
    reasons: [],
    requests: { total: 100, failed: 0 },
    seed: 7,
  });
  expect([...Value.Errors(ReportSchema, JSON.parse(JSON.stringify(report)))]).toEqual([]);
  expect(report.byMode).toEqual({
    tight: { p50Ms: 3.14, p99Ms: 20.2, cpuMsPerRequest: 4.57, pssMb: 301.3 },
    hybrid: { p50Ms: 3.14, p99Ms: 20.2, cpuMsPerRequest: null, pssMb: null },
  });
});

const clean = sampleInput;
test.each([
  ['a failed request', { ...clean, summary: { ...sampleSummary, failed: 1 } }, /1 request of 100 failed/],
  ['no requests at all', { ...clean, summary: { ...sampleSummary, requests: 0 } }, /no request was made/],
  [
    'an order without an end',
    { ...clean, summary: { ...sampleSummary, orders: { ...sampleSummary.orders, unsettled: 2 } } },
    /2 orders never became definite/,
  ],
  [
    'a load without a paid order',
    { ...clean, summary: { ...sampleSummary, orders: { ...sampleSummary.orders, paid: 0 } } },
    /no order was paid/,
  ],
  ['no audit', { ...clean, audit: null }, /nothing was audited/],
  ['a lost order', { ...clean, audit: { ...sampleAudit, ok: false, lostOrders: 1 } }, /1 lost order/],
  [
    'a duplicate charge',
    { ...clean, audit: { ...sampleAudit, ok: false, duplicateCharges: 2 } },
    /2 × duplicate charge/,
  ],
  [
    'mixed epochs',
    { ...clean, audit: { ...sampleAudit, ok: false, mixedEpochRoots: 1 } },
    /1 root of mixed epochs/,
  ],
  ['wrong stock', { ...clean, audit: { ...sampleAudit, ok: false, stockMismatch: 1 } }, /wrong stock/],
  [
    'missing coverage',
    { ...clean, audit: { ...sampleAudit, ok: false, coverage: 0.999 } },
    /covers 99\.90 %/,
  ],
  [
    'a client log with requests missing',
    { ...clean, audit: { ...sampleAudit, checked: { ...sampleAudit.checked, logged: 99 } } },
    /log has 99 of 100 requests/,
  ],
  [
    'any other finding',
    { ...clean, audit: { ...sampleAudit, ok: false, problems: ['a host without a file'] } },
    /a host without a file/,
  ],
  [
    'an aborted switch',
    { ...clean, switches: [{ ...sampleSwitch, outcome: 'aborted' as const }] },
    /switch 1 \(tight to hybrid\) ended aborted/,
  ],
  [
    'a switch that never drained',
    { ...clean, switches: [{ ...sampleSwitch, drainMs: null }] },
    /did not drain/,
  ],
  [
    'a scenario that stopped',
    { ...clean, troubles: ['the scenario stopped: refused'] },
    /the scenario stopped/,
  ],
])('%s is no pass, and the reason is told', (_, input, reason) => {
  const report = makeReport(input);
  expect(report.verdict).toBe('fail');
  expect(report.reasons.join('\n')).toMatch(reason);
  expect([...Value.Errors(ReportSchema, report)]).toEqual([]);
});

test('a load of a planned length that was stopped before is no pass; an endless one has to be stopped', () => {
  const stopped = { stoppedEarly: true, seconds: 5 };
  expect(cutShort({ durationS: 120 }, stopped)).toEqual(['the load was stopped after 5 of 120 s']);
  expect(cutShort({ durationS: null }, stopped)).toEqual([]);
  expect(cutShort({ durationS: 120 }, { stoppedEarly: false, seconds: 120 })).toEqual([]);
});

test('a change of shape that came after a load of a planned length was met by nobody, which is no pass', () => {
  const switches = [10_000, 119_000, 121_500, 130_000].map((decidedAt) => ({ decidedAt }));
  const load = { at: 1_000, durationS: 120 };
  expect(movedAfter(load, { seconds: 119.9 }, switches)).toEqual([
    '2 of 4 changes of shape came after the load, which nobody met',
  ]);
  expect(movedAfter(load, { seconds: 119.9 }, switches.slice(0, 2))).toEqual([]);
  expect(movedAfter({ ...load, durationS: null }, { seconds: 5 }, switches)).toEqual([]);
});

test('a switch to what is in force already is no fault', () => {
  const unchanged = { ...sampleSwitch, outcome: 'unchanged' as const, drainMs: null, routedMs: null };
  expect(makeReport({ ...clean, switches: [unchanged] }).verdict).toBe('pass');
});

test('the summary for people tells verdict, audit, shapes and switches', () => {
  const text = summaryTable(makeReport(sampleInput));
  expect(text).toContain('verdict   PASS');
  expect(text).toMatch(/audit +0 lost orders, 0 duplicate charges.*coverage 100 %/);
  expect(text).toMatch(/tight +3\.1 +20\.2 +4\.6 +301/);
  expect(text).toMatch(/tight → hybrid ×2 +800 +40\.0 +90\.0 +committed/);
});

test('the summary of a replay says what of the CPU each app took, the dearest first', () => {
  const control = {
    ...{ controller: 'loose' as const, speed: 60, from: '', to: '', importedMinutes: 0, intentP99Ms: 100 },
    capacity: { tight: 1, tight2: 2, hybrid: 3, loose: 4 },
    ...{ sloViolationS: 0, cpuMsPerRequest: 1.5, cpuMsPerRequestByApp: { postgres: 0.5, shop: 1 } },
    ...{ switches: 0, surges: [], forecast: [], minutes: [], decisions: [] },
  };
  const report = makeReport(sampleInput);
  expect(summaryTable({ ...report, control })).toMatch(
    /CPU +1\.5 ms per request.*\n +shop 1\.00, postgres 0\.50\n/,
  );
  const idle = { ...control, cpuMsPerRequest: null, cpuMsPerRequestByApp: {} };
  expect(summaryTable({ ...report, control: idle })).not.toMatch(/^ +$/m);
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-report-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('to find out whether a report can be written leaves no file behind, and the one that is there as it is', async () => {
  await assertWritable(join(folder, 'new/report.json'));
  expect(await readdir(join(folder, 'new'))).toEqual([]);
  await writeFile(join(folder, 'report.json'), 'of an earlier run');
  await assertWritable(join(folder, 'report.json'));
  expect(await readFile(join(folder, 'report.json'), 'utf8')).toBe('of an earlier run');
  await expect(assertWritable(join(folder, 'report.json/below.json'))).rejects.toThrow(UsageError);
  await expect(assertWritable(folder)).rejects.toThrow(UsageError);
  await assertWritable('/dev/null');
});

test('a report that could not take its place at the end of a run is refused before it', async () => {
  const long = `${'x'.repeat(240)}.json`;
  await writeFile(join(folder, long), 'of an earlier run');
  await expect(assertWritable(join(folder, long))).rejects.toThrow(/^the report cannot be written: ENAMETOO/);
});

test('a link to a report stays one; one to nothing is left alone by the look whether it can be written', async () => {
  const [link, target] = [join(folder, 'latest.json'), join(folder, 'first.json')];
  await symlink(target, link);
  await assertWritable(link);
  expect(await readdir(folder)).toEqual(['latest.json']);
  await writeFile(target, 'of an earlier run');
  await writeReport(link, { run: 2 });
  expect(await readlink(link)).toBe(target);
  expect(JSON.parse(await readFile(target, 'utf8'))).toEqual({ run: 2 });
});

test('a report that cannot be written at the end of a run is one line, too', async () => {
  const written = writeReport(join(folder, 'gone/report.json'), {});
  await expect(written).rejects.toBeInstanceOf(StackError);
  await expect(written).rejects.toThrow(/^the report cannot be written: ENOENT/);
});

test('a report takes the place of the former one as a whole: who reads that meanwhile reads it to its end', async () => {
  const file = join(folder, 'report.json');
  await writeReport(file, { run: 1 });
  const reader = await open(file);
  try {
    await writeReport(file, { run: 2 });
    expect(JSON.parse(await reader.readFile('utf8'))).toEqual({ run: 1 });
  } finally {
    await reader.close();
  }
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ run: 2 });
  expect(await readdir(folder)).toEqual(['report.json']);
});
