/** What hosts counted during a trial, as the switcher could see it: look after look. */
import { appendFile, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Placements } from '@atlas/control-api';
import type { Tally } from '@atlas/control-layout';
import type { ControlStore } from '@atlas/control-store';

export interface Look {
  /** ms since 1970. */
  readonly at: number;
  readonly tallies: readonly Tally[];
}

export interface Recording {
  readonly id: string;
  readonly from: Placements | null;
  readonly to: Placements;
  /** What was broken; null: nothing. */
  readonly fault: string | null;
  readonly verdict: string | null;
  readonly detail: string | null;
  readonly looks: readonly Look[];
}

const EVERY_MS = 100;

/** Looks until `over` fires; the last look is the last state of the trial. */
export async function record(
  store: Pick<ControlStore, 'readTallies'>,
  epoch: number,
  over: AbortSignal,
): Promise<Look[]> {
  const looks: Look[] = [];
  let last = '';
  while (!over.aborted) {
    const tallies = (await store.readTallies(epoch)).map(({ tally }) => tally);
    const text = JSON.stringify(tallies);
    if (tallies.length > 0 && text !== last) looks.push({ at: Date.now(), tallies });
    last = text;
    await wait(EVERY_MS, undefined, { signal: over }).catch(() => undefined);
  }
  return looks;
}

/** One line of JSON. */
export const keep = (file: string, recording: Recording): Promise<void> =>
  appendFile(file, `${JSON.stringify(recording)}\n`);

/** @throws Error when a file is not there or holds something else. */
export async function readRecordings(files: readonly string[]): Promise<Recording[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Recording),
  );
}
