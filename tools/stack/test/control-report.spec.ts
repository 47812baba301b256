import { readScenario } from '@atlas/load';
import { BOOST_MS, repositoryRoot, StackError } from '@atlas/platform-stack';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accuracy, beganLate, bearsOf, minuteRows, surges, type Actual } from '../src/control-report.ts';
import { CONTROLLER } from '../src/controllers.ts';
import { UsageError } from '../src/options.ts';
import { sloSeconds, violationS } from '../src/slo.ts';
import { beginOf, brainSettings, peakOf, planTraffic, readCapacity } from '../src/traffic.ts';
import { sampleSwitch } from './sample.ts';

const BEGAN = 1_000_000;
const requests = (second: number, count: number, ms: number, failed = 0) =>
  Array.from({ length: count }, (_, i) => {
    const scheduled = BEGAN + second * 1_000 + (i * 1_000) / count;
    return { phase: 'load' as const, scheduled, done: scheduled + ms, failed: i < failed };
  });

test('a second misses the intent by its p99 or by more than 0.5 % errors, where it was due', () => {
  const rows = [
    ...requests(0, 200, 10),
    ...requests(1, 200, 90),
    ...requests(2, 200, 10, 1),
    ...requests(3, 200, 10, 2),
    { ...requests(0, 1, 9_000)[0], phase: 'calibration' as const },
  ].flatMap((row) => (row.scheduled === undefined ? [] : [row as ReturnType<typeof requests>[number]]));
  const seconds = sloSeconds(rows, { beganAt: BEGAN, seconds: 5, intentMs: 50 });
  expect(seconds.map(({ violated }) => violated)).toEqual([false, true, false, true, false]);
  expect(seconds.map(({ requests: count }) => count)).toEqual([200, 200, 200, 200, 0]);
  expect(seconds[4]).toEqual({ requests: 0, failed: 0, p99Ms: null, violated: false });
  expect(violationS(seconds)).toBe(2);
});

const CAPACITY = { tight: 100, tight2: 150, hybrid: 120, loose: 90 };
const minutes = (...rates: number[]): Actual[] => rates.map((rps, minute) => ({ minute, rps }));
const TIGHT = { to: 'tight' as const, toInstances: { bundle: 1 } };
const at = (committedAt: number, bundles: number) => ({
  ...sampleSwitch,
  ...{ to: 'tight' as const, toInstances: { bundle: bundles }, committedAt },
});
const found = (actual: readonly Actual[], switches: ReturnType<typeof at>[], initial = TIGHT) =>
  surges({ actual, capacity: CAPACITY, initial, switches, realAt: (minute) => minute * 1_000 });
const SURGE = minutes(50, 60, 80, 90, 95, 130, 140, 90, 120, 60, 60, 60, 60, 60, 110);

test('a surge comes when the rate is above what one bundle bears after five calm minutes', () => {
  expect(found(SURGE, []).map(({ at: when, rps }) => [when, rps])).toEqual([
    ['1970-01-01T00:05:00.000Z', 130],
    ['1970-01-01T00:14:00.000Z', 110],
  ]);
});

test('its lead is the time from the commit of a shape that bears more; negative when that came too late', () => {
  expect(found(SURGE, [at(3_000, 2), at(10_000, 1)]).map(({ leadS, ready }) => [leadS, ready])).toEqual([
    [2, true],
    [null, false],
  ]);
  expect(found(SURGE, [at(6_500, 2)]).map(({ leadS }) => leadS)).toEqual([-1.5, 7.5]);
  expect(found(SURGE, [], { to: 'tight', toInstances: { bundle: 2 } })[0]).toMatchObject({
    leadS: null,
    ready: true,
  });
});

test('a shape bears what its mode and its bundles were measured to', () => {
  expect(bearsOf(TIGHT, CAPACITY)).toBe(100);
  expect(bearsOf({ ...TIGHT, toInstances: { bundle: 3 } }, CAPACITY)).toBe(150);
  expect(bearsOf({ to: 'loose', toInstances: {} }, CAPACITY)).toBe(90);
});

test('forecasts are held against what came, those without a minute are left out', () => {
  const told = [
    { horizonMin: 15, minute: 1, rps: 60, low: 50, high: 70 },
    { horizonMin: 5, minute: 0, rps: 55, low: 52, high: 60 },
    { horizonMin: 5, minute: 2, rps: 80, low: 70, high: 90 },
    { horizonMin: 60, minute: 900, rps: 1, low: 1, high: 1 },
  ];
  expect(accuracy(told, minutes(50, 60, 80))).toEqual([
    { horizonMin: 5, minutes: 2, mapePct: 5, inBand80: 0.5 },
    { horizonMin: 15, minutes: 1, mapePct: 0, inBand80: 1 },
    { horizonMin: 60, minutes: 0, mapePct: null, inBand80: null },
  ]);
});

test('a minute tells what came, the forecasts for it with their 80 % bands, and how many of its seconds missed', () => {
  const second = (count: number, p99Ms: number | null, violated = false) => ({
    ...{ requests: count, failed: 0, p99Ms, violated },
  });
  const told = [
    { horizonMin: 5, minute: 0, rps: 55.04, low: 52.06, high: 60 },
    { horizonMin: 15, minute: 0, rps: 60, low: 40, high: 90 },
    { horizonMin: 60, minute: 1, rps: 1, low: 1, high: 1 },
  ];
  const seconds = [second(40, 10), second(60, 90.04, true), second(0, null), second(0, null)];
  const nothing = { in5Rps: null, in5Low80: null, in5High80: null };
  expect(minuteRows({ minutes: minutes(1, 2), speed: 30 }, seconds, told)).toEqual([
    {
      ...{ at: '1970-01-01T00:00:00.000Z', rps: 50, p99Ms: 90, violatedS: 1 },
      ...{ in5Rps: 55, in5Low80: 52.1, in5High80: 60, in15Rps: 60, in15Low80: 40, in15High80: 90 },
    },
    {
      ...{ at: '1970-01-01T00:01:00.000Z', rps: 0, p99Ms: null, violatedS: 0 },
      ...{ ...nothing, in15Rps: null, in15Low80: null, in15High80: null },
    },
  ]);
});

test.each([7, 50, 59])('a steady rate is the same in every minute also at %i times the speed', (speed) => {
  const seconds = Array.from({ length: Math.ceil((12 * 60) / speed) }, () => ({
    ...{ requests: 40, failed: 0, p99Ms: 10, violated: false },
  }));
  const rows = minuteRows({ minutes: minutes(...Array<number>(12).fill(1)), speed }, seconds, []);
  expect(rows.map(({ rps }) => rps)).toEqual(Array(12).fill(40));
});

test('a load that begins a minute of the trace after the brain’s clock is no pass; a moment is none', () => {
  expect(beganLate(12, 60)).toEqual([]);
  expect(beganLate(4_900, 12)).toEqual([]);
  expect(beganLate(-300, 60)).toEqual([]);
  expect(beganLate(2_500, 60)).toEqual([
    "the load began 2.5 s late, so the brain's clock was 2 min ahead of the trace: the machine is too busy",
  ]);
});

test('static controllers keep their shape, for the brain may do nothing', () => {
  for (const name of ['tight', 'tight2', 'loose'] as const) expect(CONTROLLER[name].level).toBe(0);
});

test('a plan has the rates of its trace, scaled to what is borne, and the days before in the same measure', async () => {
  const { traffic } = await readScenario('matchday', join(repositoryRoot(), 'load/scenarios'));
  if (!traffic) throw new Error('no traffic');
  const plan = await planTraffic(traffic, { home: '/nowhere' });
  expect(plan.peakRps).toBe(peakOf(plan.capacity));
  expect(Math.max(...plan.minutes.map(({ rps }) => rps))).toBeCloseTo(plan.peakRps);
  expect(plan.minutes).toHaveLength(180);
  expect(plan.history.at(-1)?.minute).toBe((plan.minutes[0]?.minute ?? 0) - 1);
  expect(plan.history).toHaveLength(8 * 1_440 + 15 * 60);
  expect(plan.load).toMatchObject({ durationS: 180, peakRps: plan.peakRps, slowCard: false });
  expect((await planTraffic(traffic, { home: '/nowhere', speed: 30 })).load.durationS).toBe(360);
  const sales = [{ from: '1998-06-10T16:00:30Z', minutes: 5, times: 2 }];
  expect((await planTraffic({ ...traffic, sales }, { home: '/nowhere' })).sales).toEqual([
    { fromMin: Date.parse('1998-06-10T16:00Z') / 60_000, lengthMin: 5, times: 2 },
  ]);
  const absent = planTraffic({ ...traffic, trace: 'absent.csv' }, { home: '/nowhere' });
  await expect(absent).rejects.toThrow(/^the scenario's trace: .*traces\/absent\.csv/);
  await expect(absent).rejects.toBeInstanceOf(UsageError);
});

test('hosts with a limit are warmed until their boost is over', async () => {
  const home = await mkdtemp(join(tmpdir(), 'atlas-limited-'));
  try {
    const { traffic } = await readScenario('flash-sale', join(repositoryRoot(), 'load/scenarios'));
    if (!traffic) throw new Error('no traffic');
    const capacity = { ...CAPACITY, intentP99Ms: 50, at: '2026-01-01T00:00:00Z', machine: {} };
    const warmUpWith = async (more: object): Promise<number | undefined> => {
      await writeFile(join(home, 'capacity.json'), JSON.stringify({ ...capacity, ...more }));
      return (await planTraffic(traffic, { home })).load.warmUpS;
    };
    expect(await warmUpWith({})).toBe(5);
    expect(await warmUpWith({ hostCpu: 0.3 })).toBeGreaterThan(BOOST_MS / 1_000);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test('a capacity is that of this machine, or the committed one, which is told apart', async () => {
  const home = await mkdtemp(join(tmpdir(), 'atlas-measured-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  expect(await readCapacity(home)).toMatchObject({ measuredHere: false });
  const capacity = { ...CAPACITY, intentP99Ms: 50 };
  await writeFile(join(home, 'capacity.json'), JSON.stringify(capacity));
  expect(await readCapacity(home)).toMatchObject({ measuredHere: true, capacity });
});

test('a capacity without the intent that a run is judged by is refused by the name of its file', async () => {
  const home = await mkdtemp(join(tmpdir(), 'atlas-unjudged-'));
  try {
    await writeFile(join(home, 'capacity.json'), JSON.stringify(CAPACITY));
    await expect(readCapacity(home)).rejects.toThrow(/capacity\.json: capacity: intentP99Ms: it is missing/);
    await writeFile(join(home, 'capacity.json'), JSON.stringify({ ...CAPACITY, loose: -1 }));
    await expect(readCapacity(home)).rejects.toThrow(/capacity\.json: capacity: loose: .*; it is -1/);
    await writeFile(join(home, 'capacity.json'), '');
    await expect(readCapacity(home)).rejects.toThrow(StackError);
    await expect(readCapacity(home)).rejects.toThrow(/capacity\.json: .*`npm run capacity` measures it anew/);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test('a replay begins at a whole second, with time to warm up, and the brain is told of it', () => {
  const beginsAt = beginOf(1_234, { load: { warmUpS: 5 } });
  expect(beginsAt % 1_000).toBe(0);
  expect(beginsAt).toBeGreaterThanOrEqual(1_234 + 5_000);
  const capacity = { ...CAPACITY, intentP99Ms: 50, at: '2026-01-01T00:00:00Z', machine: {} };
  const plan = {
    capacity,
    capacityFile: '/c.json',
    peakRps: 100,
    speed: 60,
    history: [],
    sales: [],
    load: {},
  };
  expect(brainSettings({ ...plan, minutes: minutes(1, 2) }, { beginsAt, decides: 'atlas' })).toEqual({
    ATLAS_BRAIN_CONTROLLER: 'atlas',
    ATLAS_BRAIN_TRACE_START: '1970-01-01T00:00:00.000Z',
    ATLAS_BRAIN_STARTED_AT: new Date(beginsAt).toISOString(),
    ATLAS_BRAIN_SPEED: '60',
    ATLAS_CAPACITY: '/c.json',
  });
});
