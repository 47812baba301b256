import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError, writeReport } from '@atlas/stack';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { joined, nothingTried, readRun, type Fate } from '../src/mutation-run.ts';
import { suiteCode } from '../src/suite-code.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'mutation-run-'))));
afterEach(() => rm(folder, { recursive: true }));

const SAMPLE = { every: 1, only: null, code: 'c' };
const fate = (id: number, killer?: string): Fate => ({
  mutant: { id, file: 'steps.ts', line: id + 1, from: 'a < b', to: 'a <= b' },
  killer,
});

test('mutants add up: who noticed them first, which nobody did, and how many are left', () => {
  const run = [fate(0, 'a'), fate(1, 'b'), fate(2, 'b'), fate(3)].reduce(joined, nothingTried(SAMPLE, 6));
  expect(run).toMatchObject({
    ...{ mutants: 4, left: 2, killed: 3, score: 75 },
    survivors: ['steps.ts:4  a < b  →  a <= b'],
  });
  expect(Object.entries(run.killers)).toEqual([
    ['b', 2],
    ['a', 1],
    ['nobody', 1],
  ]);
});

test('a report is where the next run goes on, but not one of other code or of another sample', async () => {
  const path = join(folder, 'report.json');
  const fresh = nothingTried(SAMPLE, 2);
  expect(await readRun(path, fresh)).toEqual(fresh);
  const run = joined(fresh, fate(0, 'a'));
  await writeReport(path, run);
  expect(await readRun(path, fresh)).toEqual(run);
  await expect(readRun(path, { ...fresh, code: 'd' })).rejects.toThrow('holds mutants of other code');
  await expect(readRun(path, { ...fresh, every: 2 })).rejects.toThrow('say --every 1, or another file');
  await expect(readRun(path, { ...fresh, only: 'steps.ts' })).rejects.toThrow('holds another sample');
});

test.each(['no JSON', '', 'null'])(
  'a file that is no report of mutants (%j) is refused in one line',
  async (text) => {
    const path = join(folder, 'notes.txt');
    await writeFile(path, text);
    const refused = expect(readRun(path, nothingTried(SAMPLE, 2))).rejects;
    await refused.toBeInstanceOf(UsageError);
    await refused.toThrow(/^\S+notes\.txt .*: say another file, or no --resume$/);
  },
);

test('the code of a suite is another with each mutant and each line that a test uses, not with a comment', async () => {
  const spec = join(folder, 'limit.spec.ts');
  const use = "import { test } from 'vitest';\nimport { limit } from './limit.ts';\n";
  await writeFile(spec, `${use}test('is said', () => console.log(limit));\n`);
  const codeWith = async (used: string, mutated = 'm'): Promise<string> => {
    await writeFile(join(folder, 'limit.ts'), used);
    return suiteCode([mutated], [spec]);
  };
  const code = await codeWith('export const limit: number = 1;\n');
  expect(code).toMatch(/^[0-9a-f]{16}$/);
  expect(await codeWith('/** At most. */\nexport const limit: number = 1;\n')).toBe(code);
  expect(await codeWith('export const limit: number = 2;\n')).not.toBe(code);
  expect(await codeWith('export const limit: number = 1;\n', 'n')).not.toBe(code);
});
