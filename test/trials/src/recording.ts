/**
 * The file of a run: what each run was made with, and trial after trial what hosts counted, look after look. Lines of JSON.
 *
 * F1  It only grows, a line at a time: a stop at any moment loses the trial that was going on, no other.
 * F2  A line that a stop tore is left out.
 * F3  The looks of a trial take most of a megabyte: whoever reads them reads one trial at a time.
 * F4  Where hosts did not tell yet how many roots there were, the calls that had begun stand for them.
 */
import { createReadStream } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { Placements } from '@atlas/control-api';
import type { Tally } from '@atlas/control-layout';
import type { ControlStore } from '@atlas/control-store';
import type { machineFacts } from '@atlas/stack';
import type { Detection } from './faulty.ts';

export interface Look {
  /** ms since 1970. */
  readonly at: number;
  readonly tallies: readonly Tally[];
}

/** What trials were made with. */
export interface RunFacts {
  /** ISO 8601. */
  readonly began: string;
  /** What was checked out when the run began, and hence built; null without git. */
  readonly commit: string | null;
  readonly machine: ReturnType<typeof machineFacts>;
  readonly load: LoadName;
  readonly seed: number;
  /** Under good switches (everybody buys), and under faulty ones (visitors as in a shop); null: none were made. */
  readonly requestsPerSecond: { readonly good: number; readonly faulty: number | null };
  /** What else is to be known of it, in words of who ran it. */
  readonly note: string | null;
}

export type LoadName = 'calm' | 'saturated';

/** A trial without its looks. */
export interface Trial {
  readonly id: string;
  readonly from: Placements | null;
  readonly to: Placements;
  /** What was broken; null: nothing. */
  readonly fault: string | null;
  readonly verdict: string | null;
  readonly detail: string | null;
  /** How the switch ended, and when, ms since 1970. */
  readonly outcome: string | null;
  readonly endedAt: number;
  /** From the proposal to the commit, ms; null when it never came to that. */
  readonly prepareMs: number | null;
  /** Of a faulty one. */
  readonly detection: Detection | null;
}

export interface Recording extends Trial {
  readonly looks: readonly Look[];
}

type Line = { readonly run: RunFacts } | Recording;

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

/** F1. A line is begun anew, whatever a stop has left of the last. */
export const keep = (file: string, line: Line): Promise<void> =>
  appendFile(file, `\n${JSON.stringify(line)}\n`);

/** F2, and what is no line of such a file. */
function parsed(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isLine = typeof value === 'object' && value !== null && ('run' in value || 'looks' in value);
    return isLine ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}

/** F3. @throws Error when a file is not there. */
export async function* linesOf(files: readonly string[]): AsyncGenerator<Line> {
  for (const file of files) {
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
    for await (const text of lines) {
      const line = text === '' ? undefined : parsed(text);
      if (line !== undefined) yield line;
    }
  }
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** F4. @param place which of the hosts it is: they were recorded in one order. */
function withRoots(tally: Tally, place: number): Tally {
  if (tally.roots !== undefined) return tally;
  const begun = Object.values(tally.operations).map(({ now, pending }) => now.calls + sum(pending));
  return {
    ...tally,
    roots: { nonce: String(place), count: begun.reduce((total, calls) => total + calls, 0) },
  };
}

/** The trials of these files. */
export async function* recordingsOf(files: readonly string[]): AsyncGenerator<Recording> {
  for await (const line of linesOf(files)) {
    if ('run' in line) continue;
    yield { ...line, looks: line.looks.map(({ at, tallies }) => ({ at, tallies: tallies.map(withRoots) })) };
  }
}
