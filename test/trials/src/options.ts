/** The command line of `npm run trials`. */
import { MAX_SEED, parsing, wholeNumber, type Parsed } from '@atlas/stack';
import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export interface TrialsOptions {
  /** Good switches to see through; with `resume`, those of earlier runs included. */
  readonly switches: number;
  /** Faulty ones of each kind, likewise. */
  readonly faulty: number;
  /** Load that leaves the machine no room. */
  readonly saturated: boolean;
  /** Requests per second; null: a share of what the shop can do. */
  readonly rate: number | null;
  readonly seed: number;
  /** No new good switch begins after so many minutes of them; null: until all are done. */
  readonly minutes: number | null;
  /** Go on where an earlier run with the same report stopped. */
  readonly resume: boolean;
  /** What else is to be known of the run: goes into the report. */
  readonly note: string | null;
  /** Absolute; null: no file. */
  readonly report: string | null;
  /** Recordings of earlier runs, absolute: only these are judged, again. */
  readonly recorded: readonly string[] | null;
}

interface Given {
  readonly switches: number;
  readonly faulty: number;
  readonly saturated?: boolean;
  readonly rate?: number;
  readonly seed: number;
  readonly minutes?: number;
  readonly resume?: boolean;
  readonly note?: string;
  readonly report?: string;
  readonly recorded?: readonly string[];
}

const command = (): Command =>
  new Command('npm run trials --')
    .description(
      'Good and faulty switches under load: how many good ones are taken back, and how soon bad ones.',
    )
    .option(
      '--switches <number>',
      'good switches, a random walk over all placements',
      wholeNumber(0, 10_000),
      500,
    )
    .option('--faulty <number>', 'faulty switches of each kind', wholeNumber(0, 1_000), 3)
    .option(
      '--saturated',
      'load that leaves the machine no room (default: a third of what the shop can do, 150 requests/s at most)',
    )
    .option(
      '--rate <number>',
      'requests per second, instead of a share of what the shop can do',
      wholeNumber(1, 10_000),
    )
    .option(
      '--seed <number>',
      'same seed, same switches, arrivals and customers',
      wholeNumber(0, MAX_SEED),
      1,
    )
    .option(
      '--minutes <number>',
      'begin no new good switch after so many minutes of them',
      wholeNumber(1, 10_080),
    )
    .option('--resume', 'go on where an earlier run with the same report stopped')
    .option('--note <text>', 'what else is to be known of the run, for the report')
    .option('--report <file>', 'write the report there as JSON, after each switch; recordings go beside it')
    .option('--recorded <files...>', 'only judge these recordings of earlier runs again')
    .helpOption('--help', 'show this')
    .allowExcessArguments(false);

/** Wrong usage is one line and exit code 2. */
export function parseTrials(args: readonly string[], cwd: string): Parsed<TrialsOptions> {
  return parsing(command(), args, (given: Given) => {
    const recorded = given.recorded?.map((file) => resolve(cwd, file)) ?? null;
    const missing = recorded?.find((file) => !existsSync(file));
    if (missing !== undefined) return `--recorded: there is no file ${missing}`;
    return {
      switches: given.switches,
      faulty: given.faulty,
      saturated: given.saturated ?? false,
      rate: given.rate ?? null,
      seed: given.seed,
      minutes: given.minutes ?? null,
      resume: given.resume ?? false,
      note: given.note ?? null,
      report: given.report === undefined ? null : resolve(cwd, given.report),
      recorded,
    };
  });
}
