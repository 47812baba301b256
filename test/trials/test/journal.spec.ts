import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineFacts } from '@atlas/stack';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Journal } from '../src/journal.ts';
import { sampleOf } from '../src/judge-again.ts';
import { recordingsOf, type Look, type Recording, type RunFacts } from '../src/recording.ts';
import { isGoodJudge, reportOf } from '../src/report.ts';

const run = (over: Partial<RunFacts> = {}): RunFacts => ({
  ...{ began: '2026-01-01T00:00:00.000Z', commit: 'abc', machine: machineFacts(), load: 'calm', seed: 1 },
  ...{ requestsPerSecond: { good: 150, faulty: null }, note: null },
  ...over,
});
const look = (at: number, machine: number): Look => ({
  at,
  tallies: [{ epoch: 2, sinceMs: at, strain: { machine, loop: 0.1 }, operations: {} }],
});
const trial = (over: Partial<Recording> = {}): Recording => ({
  ...{ id: 'a', from: null, to: {}, fault: null, verdict: 'passed', detail: null, outcome: 'committed' },
  ...{ endedAt: 7_000, prepareMs: 900, detection: null, looks: [look(1_000, 0.2), look(6_100, 0.95)] },
  ...over,
});
const reverted = trial({ verdict: 'failed', outcome: 'reverted', detail: 'cart.getCart: slow' });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-journal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function after(...all: readonly (RunFacts | Recording)[]): Promise<Journal> {
  const journal = await Journal.open(join(folder, 'deep', 'trials.jsonl'));
  for (const one of all) await ('looks' in one ? journal.took(one) : journal.begin(one));
  return journal;
}

describe('a file of trials', () => {
  test('tells the next run what earlier ones have done', async () => {
    await after(run(), trial(), trial({ fault: 'slow' }));
    const journal = await after(run({ commit: 'def' }), reverted);
    const again = await Journal.open(journal.file);
    expect(again.runs).toEqual(journal.runs);
    expect(again.runs.map(({ commit, entries }) => [commit, entries.length])).toEqual([
      ['abc', 2],
      ['def', 1],
    ]);
    expect(again.entries[0]).toMatchObject({ lastedMs: 5_100, strain: { machine: 0.95, loop: 0.1 } });
  });

  test('loses only the trial whose line a stop tore', async () => {
    const { file } = await after(run(), trial());
    await appendFile(file, '\n{"id":"torn","looks":[{"at"');
    const journal = await after(trial({ id: 'next' }));
    expect(journal.entries.map(({ id }) => id)).toEqual(['a', 'next']);
    expect((await Journal.open(file)).entries).toHaveLength(2);
  });

  test('leaves out lines that are JSON, but of something else', async () => {
    const { file } = await after(run(), trial());
    await appendFile(file, '\n0.5\nnull\n[]\n{"id":"no trial"}\n');
    expect((await Journal.open(file)).entries.map(({ id }) => id)).toEqual(['a']);
  });

  test('gives a sample of its good trials', async () => {
    const { file } = await after(
      run(),
      ...Array.from({ length: 9 }, () => trial()),
      trial({ fault: 'slow' }),
    );
    expect(await sampleOf(recordingsOf([file]), 4, 1)).toHaveLength(4);
    expect(await sampleOf(recordingsOf([file]), 40, 1)).toHaveLength(9);
  });

  test('has calls that had begun stand for roots where hosts did not tell of these', async () => {
    const counts = { calls: 0, errors: 0, late: 0, durations: {} };
    const begun = { toppable: true, before: counts, now: { ...counts, calls: 7 }, pending: { 40: 2, 41: 1 } };
    const [first] = look(100, 0.2).tallies;
    if (first === undefined) throw new Error('no host');
    const roots = { nonce: 'b', count: 4 };
    const tallies = [
      { ...first, operations: { 'cart.read': begun, 'cart.write': begun } },
      { ...first, roots },
    ];
    const { file } = await after(run(), trial({ looks: [{ at: 100, tallies }] }));
    for await (const { looks } of recordingsOf([file]))
      expect(looks[0]?.tallies.map((tally) => tally.roots)).toEqual([{ nonce: '0', count: 20 }, roots]);
  });
});

test('a report counts over all runs, and names what was taken back and what never came to a verdict', async () => {
  const journal = await after(
    run(),
    trial(),
    trial({ verdict: null, outcome: 'aborted', looks: [], prepareMs: null }),
    run({ commit: 'def', note: 'builds beside it' }),
    reverted,
    trial({ fault: 'slow', verdict: 'failed' }),
  );
  expect(reportOf(journal.runs, null)).toMatchObject({
    ...{ load: 'calm', goodSwitches: 2, falseReverts: 1, untried: 1, falseDetails: ['cart.getCart: slow'] },
    trialMs: { median: 5_100, most: 5_100 },
    runs: [
      { commit: 'abc', goodSwitches: 1, falseReverts: 0, ended: '1970-01-01T00:00:07.000Z' },
      { commit: 'def', goodSwitches: 1, falseReverts: 1, note: 'builds beside it' },
    ],
  });
});

test('a judge is good by what came to a verdict: where nothing of what was asked for did, nothing is shown', async () => {
  const untried = trial({ verdict: null, outcome: 'aborted', looks: [], prepareMs: null });
  const good = async (switches: number, ...all: readonly Recording[]): Promise<boolean> =>
    isGoodJudge({ switches }, (await after(run(), ...all)).runs.at(-1)?.entries ?? []);
  expect(await good(2, trial(), untried)).toBe(true);
  expect(await good(2, untried, untried)).toBe(false);
  expect(await good(0)).toBe(true);
  expect(await good(2, trial(), reverted)).toBe(false);
});
