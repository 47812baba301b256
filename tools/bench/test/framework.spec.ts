import { StackError } from '@atlas/platform-stack';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { goalText, meets, type Bench } from '../src/bench.ts';
import { inFolder } from '../src/folder.ts';
import { parseBench } from '../src/options.ts';
import { inTurn } from '../src/rounds.ts';
import { rowsOf, type BenchReport } from '../src/report.ts';
import { runBenches } from '../src/run-benches.ts';
import { median, medianRatio, quantile } from '../src/statistics.ts';

const named = (name: string): Bench => ({
  name,
  about: name,
  needsStack: false,
  rows: [
    { name: `${name}.ratio`, unit: '×', goal: { atMost: 2 }, about: 'a ratio' },
    { name: `${name}.seen`, unit: 'ms', about: 'only reported' },
  ],
  run: () => Promise.reject(new Error('not run')),
});
const ALL = [named('tight'), named('rpc64'), named('rpc1')];
const parse = (...args: string[]) => parseBench(args, '/here', ALL);

describe('the command line', () => {
  it('takes all benches when none is named, and those whose names begin with a word', () => {
    const all = parse();
    const some = parse('rpc', '--report', 'out.json');
    expect(all.kind === 'run' && all.options.benches).toHaveLength(3);
    expect(some.kind === 'run' && some.options.benches.map(({ name }) => name)).toEqual(['rpc64', 'rpc1']);
    expect(some.kind === 'run' && some.options.report).toBe('/here/out.json');
  });

  it('takes the bench that has a row of that name, whole', () => {
    const some = parse('rpc1.ratio', 'tight.s');
    expect(some.kind === 'run' && some.options.benches.map(({ name }) => name)).toEqual(['tight', 'rpc1']);
  });

  it.each([[['nonsense']], [['--rounds', '0']], [['--unknown']]])('refuses %j in one line', (args) => {
    const parsed = parse(...args);
    expect(parsed).toMatchObject({ kind: 'exit', code: 2 });
    expect(parsed.kind === 'exit' && parsed.text.split('\n')).toHaveLength(1);
  });
});

describe('a run', () => {
  let said: string[] = [];
  const screen = { show: () => undefined, say: (line: string) => said.push(line), close: () => undefined };
  const settings = { home: '/h', cwd: '/h', lifelineFd: undefined, faults: undefined, logLevel: 'info' };
  const runAll = (benches: readonly Bench[], report: string | null, signal: AbortSignal) =>
    runBenches({ options: { benches, report, rounds: 1, list: false }, ...{ settings, screen, signal } });
  const run = (bench: Bench, signal = new AbortController().signal) => runAll([bench], null, signal);

  let folder: string;
  beforeEach(async () => {
    said = [];
    folder = await mkdtemp(join(tmpdir(), 'atlas-bench-report-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const measuredAs = (name: string, value: number): Bench => ({
    ...named(name),
    run: () => Promise.resolve({ values: { [`${name}.ratio`]: value, [`${name}.seen`]: 7 }, samples: {} }),
  });
  const namesIn = async (report: string): Promise<string[]> =>
    (JSON.parse(await readFile(report, 'utf8')) as BenchReport).rows.map(({ name }) => name);

  it('writes what it has measured after each bench, into a folder that it makes', async () => {
    const report = join(folder, 'new', 'report.json');
    const between: string[][] = [];
    const second: Bench = {
      ...measuredAs('rpc1', 1),
      run: async (context) => {
        between.push(await namesIn(report));
        return measuredAs('rpc1', 1).run(context);
      },
    };
    expect(await runAll([measuredAs('tight', 3), second], report, new AbortController().signal)).toBe(1);
    expect(between).toEqual([['tight.ratio', 'tight.seen']]);
    expect(await namesIn(report)).toEqual(['tight.ratio', 'tight.seen', 'rpc1.ratio', 'rpc1.seen']);
  });

  it('that is interrupted keeps what was measured before, and says what that is', async () => {
    const report = join(folder, 'report.json');
    const stop = new AbortController();
    const stopped: Bench = {
      ...named('rpc1'),
      run: () => {
        stop.abort();
        return Promise.reject(new Error('its party has ended'));
      },
    };
    const interrupted = runAll([measuredAs('tight', 1), stopped, named('rpc64')], report, stop.signal);
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    expect(await namesIn(report)).toEqual(['tight.ratio', 'tight.seen']);
    expect(said.at(-1)).toBe(`written to ${report}: tight`);
    expect(said.join()).not.toContain('FAILED');
  });

  it('goes on after a bench that fails, and is no success', async () => {
    const report = join(folder, 'report.json');
    const benches = [measuredAs('rpc64', Number.NaN), named('tight'), measuredAs('rpc1', 1)];
    const { signal } = new AbortController();
    await expect(runAll(benches, report, signal)).rejects.toThrow(/^failed, .*: rpc64, tight$/);
    expect(await namesIn(report)).toEqual(['rpc1.ratio', 'rpc1.seen']);
    expect(said.filter((line) => line.includes('FAILED'))).toEqual([
      expect.stringContaining('rpc64 has no rpc64.ratio'),
      expect.stringContaining('not run'),
    ]);
    expect(said.at(-1)).toBe(`written to ${report}: rpc1`);
  });

  it('in which nothing could be measured is no success', async () => {
    await expect(run({ ...named('tight'), missing: () => 'no browser' })).rejects.toThrow(
      'nothing was measured',
    );
  });

  it('that was interrupted blames no party, and one that was not does', async () => {
    const signal = AbortSignal.abort();
    await expect(run(named('tight'), signal)).rejects.toBe(signal.reason);
    expect(said.join()).not.toContain('FAILED');
    await expect(run(named('tight'))).rejects.toThrow(StackError);
    expect(said.join()).toContain('FAILED: Error: not run');
  });
});

describe('the folder of a bench', () => {
  const { signal } = new AbortController();
  let home = '';
  const wrote = async (folder: string): Promise<void> =>
    writeFile(join((home = folder), 'switcher.log'), 'why');

  it('goes when all went well, and when it was interrupted, whose error is left as it is', async () => {
    expect(await inFolder({ signal }, async (folder) => (await wrote(folder), 7))).toBe(7);
    expect(existsSync(home)).toBe(false);
    const stopped = AbortSignal.abort();
    const interrupted = inFolder({ signal: stopped }, async (folder) => {
      await wrote(folder);
      stopped.throwIfAborted();
    });
    await expect(interrupted).rejects.toBe(stopped.reason);
    expect(existsSync(home)).toBe(false);
  });

  it('stays with its logs when the bench fails, and is named', async () => {
    const failed = inFolder({ signal }, async (folder) => {
      await wrote(folder);
      throw new StackError('the switcher ended at its start');
    });
    await expect(failed).rejects.toThrow(/^the switcher ended at its start\nits logs: \//);
    await expect(failed).rejects.toThrow(home);
    expect(await readFile(join(home, 'switcher.log'), 'utf8')).toBe('why');
    await rm(home, { recursive: true });
  });
});

describe('turns', () => {
  it('takes the contenders in turn and drops the first round', async () => {
    const order: string[] = [];
    const contender = (name: string) => () => Promise.resolve(order.push(name));
    const signal = new AbortController().signal;
    const values = await inTurn({ rounds: 2, signal }, { a: contender('a'), b: contender('b') });
    expect(order.join('')).toBe('ababab');
    expect(values).toEqual({ a: [3, 5], b: [4, 6] });
  });

  it('ends when it is interrupted', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(inTurn({ rounds: 1, signal }, { a: () => Promise.resolve(1) })).rejects.toThrow('stop');
  });
});

describe('statistics', () => {
  const values = fc.array(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });

  it('quantiles lie between least and greatest and grow with the share', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        expect(quantile(all, 0)).toBe(Math.min(...all));
        expect(quantile(all, 1)).toBe(Math.max(...all));
        expect(quantile(all, share)).toBeLessThanOrEqual(quantile(all, 1));
      }),
    );
    expect(median([3, 1, 2])).toBe(2);
  });

  it('refuse what is no number: sorted among others it would make any of them the quantile', () => {
    for (const odd of [Number.NaN, Infinity]) {
      expect(() => quantile([5, odd, 1], 0.5)).toThrow(`${odd} among the values`);
      expect(() => medianRatio([1, odd], [1, 1])).toThrow(RangeError);
    }
    expect(() => medianRatio([1, 2], [1])).toThrow(RangeError);
    expect(() => quantile([], 0.5)).toThrow('no values');
  });

  it('pairs rounds: what slows both of a round changes no ratio', () => {
    fc.assert(
      fc.property(values, (all) => {
        const slowed = all.map((value) => value * 3);
        expect(medianRatio(slowed, all)).toBeCloseTo(3);
      }),
    );
  });
});

describe('rows', () => {
  it('say whether their goal is met, and null where there is none', () => {
    const rows = rowsOf(named('tight'), { values: { 'tight.ratio': 2.00001, 'tight.seen': 7 }, samples: {} });
    expect(rows).toMatchObject([
      { name: 'tight.ratio', value: 2, goal: '≤ 2', met: false },
      { name: 'tight.seen', value: 7, goal: null, met: null },
    ]);
  });

  it('refuse a bench that left one out', () => {
    expect(() => rowsOf(named('tight'), { values: { 'tight.ratio': 1 }, samples: {} })).toThrow('tight.seen');
  });

  it('know both directions', () => {
    expect([meets({ atLeast: 5 }, 5), meets({ atMost: 5 }, 5.1)]).toEqual([true, false]);
    expect([goalText({ atLeast: 5 }), goalText({ atMost: 0.05 })]).toEqual(['≥ 5', '≤ 0.05']);
  });
});
