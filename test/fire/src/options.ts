/** The command line of `npm run fire`. */
import { MAX_SEED, parsing, wholeNumber, type Parsed } from '@atlas/stack';
import { Command } from 'commander';
import { resolve } from 'node:path';

export interface FireOptions {
  readonly seed: number;
  /** Only cells whose id (`point|participant|fault`) or transition contains it. */
  readonly only: string | null;
  readonly resume: boolean;
  /** Absolute; null: no file. */
  readonly report: string | null;
  /** No new cell begins after so many minutes; null: until all are done. */
  readonly minutes: number | null;
  /** Only so many of them, the most different ones; null: all. */
  readonly cells: number | null;
  /** So many shops at once, each with cells of its own. */
  readonly stacks: number;
  /** Only says which cells there are. */
  readonly list: boolean;
}

interface Given {
  readonly seed: number;
  readonly only?: string;
  readonly resume?: boolean;
  readonly report?: string;
  readonly minutes?: number;
  readonly cells?: number;
  readonly stacks: number;
  readonly list?: boolean;
}

const command = (): Command =>
  new Command('npm run fire --')
    .description(
      'Kills, freezes, delays and cuts off every participant at every fault point, while the shape of a loaded shop changes.',
    )
    .option('--seed <number>', 'same seed, same cells, transitions and order', wholeNumber(0, MAX_SEED), 1)
    .option('--only <text>', 'only cells with this in "point|participant|fault" or in their transition')
    .option(
      '--resume',
      'go on where an earlier run of the same seed, or the one in the report, has ended; what it did not reach is tried again',
    )
    .option('--report <file>', 'write the report there as JSON')
    .option('--minutes <number>', 'begin no new cell after so many minutes', wholeNumber(1, 10_080))
    .option('--cells <number>', 'only so many cells, the most different ones', wholeNumber(1, 10_000))
    .option('--stacks <number>', 'so many shops at once, each with cells of its own', wholeNumber(1, 16), 1)
    .option('--list', 'say which cells there are, and do none')
    .helpOption('--help', 'show this')
    .allowExcessArguments(false);

/** Wrong usage is one line and exit code 2. */
export function parseFire(args: readonly string[], cwd: string): Parsed<FireOptions> {
  return parsing(command(), args, (given: Given) => ({
    seed: given.seed,
    only: given.only ?? null,
    resume: given.resume ?? false,
    report: given.report === undefined ? null : resolve(cwd, given.report),
    minutes: given.minutes ?? null,
    cells: given.cells ?? null,
    stacks: given.stacks,
    list: given.list ?? false,
  }));
}
