import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lifeCode } from '../src/life-code.ts';
import { joined, nothingRun, readRun, write, type Round } from '../src/long-run.ts';
import { NOTHING, plus, sum } from '../src/totals.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'long-run-'))));
afterEach(() => rm(folder, { recursive: true }));

const round = (from: number, { commit = 'a', failed = 0 } = {}): Round => ({
  ...{ failed, totals: { ...NOTHING, schedules: from + 9 } },
  part: { commit, from, schedules: 10, seconds: 1 },
});

describe('rounds of a long run', () => {
  test('are one part as long as they are of one commit', () => {
    const run = [round(1), round(11), round(21, { commit: 'b' })].reduce(
      joined,
      nothingRun({ seed: 1, code: 'c' }),
    );
    expect(run.parts).toEqual([
      { commit: 'a', from: 1, schedules: 20, seconds: 2 },
      { commit: 'b', from: 21, schedules: 10, seconds: 1 },
    ]);
    expect(run).toMatchObject({ verdict: 'pass', failed: 0, totals: { schedules: 30 } });
  });

  test('fail the run when one of them does, whatever comes after', () => {
    const run = [round(1, { failed: 2 }), round(11)].reduce(joined, nothingRun({ seed: 1, code: 'c' }));
    expect(run).toMatchObject({ verdict: 'fail', failed: 2 });
  });
});

test('the code of a life is the same as long as it is', async () => {
  const code = await lifeCode();
  expect(code).toMatch(/^[0-9a-f]{16}$/);
  expect(await lifeCode()).toBe(code);
});

test('totals hold the fewest switches, roots and faults of any life', () => {
  const life = {
    violation: undefined,
    switches: 4,
    commits: 3,
    reverts: 1,
    roots: 31,
    faults: 2,
    steps: 9,
    virtualMs: 1,
  };
  const others = [
    { ...life, switches: 3 },
    { ...life, roots: 30, faults: 1 },
  ];
  const halves = [plus(NOTHING, life), others.reduce(plus, NOTHING)];
  expect(halves.reduce(sum, NOTHING)).toMatchObject({
    ...{ schedules: 3, roots: 92 },
    least: { switches: 3, roots: 30, faults: 1 },
  });
});

describe('the report of a long run', () => {
  const now = { seed: 7, code: 'c' };

  test('is where the next one goes on, and nothing else is left beside it', async () => {
    const path = join(folder, 'report.json');
    expect(await readRun(path, now)).toEqual(nothingRun(now));
    const run = joined(nothingRun(now), round(7));
    await write(path, run);
    expect(await readRun(path, now)).toEqual(run);
    expect(await readdir(folder)).toEqual(['report.json']);
  });

  test('is not gone on with from another seed, or by other code', async () => {
    const path = join(folder, 'report.json');
    await write(path, nothingRun(now));
    await expect(readRun(path, { ...now, seed: 8 })).rejects.toThrow('say --seed 7');
    await expect(readRun(path, { ...now, code: 'd' })).rejects.toThrow('holds lives of other code');
  });
});
