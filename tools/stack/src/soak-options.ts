/** The command line of `npm run soak`. */
import { Command } from 'commander';
import { resolve } from 'node:path';
import { MAX_SEED, parsing, wholeNumber, type Parsed } from './options.ts';

export interface SoakOptions {
  readonly switches: number;
  readonly minutes: number;
  /** Requests per second at the peak of the traffic; null: as much as `npm start` chooses. */
  readonly rate: number | null;
  /** How long services that a switch leaves without work stay. */
  readonly keepWarmMs: number;
  /** Absolute; null: no file. */
  readonly report: string | null;
  readonly seed: number;
  readonly port: number;
}

interface Given {
  readonly switches: number;
  readonly minutes: number;
  readonly rate?: number;
  readonly keepWarm: number;
  readonly report?: string;
  readonly seed: number;
  readonly port: number;
}

const command = (): Command =>
  new Command('npm run soak --')
    .description(
      'Switches at random between all placements under real traffic, with two bundles, then audits. Ctrl-C ends it early: what was seen so far is audited and reported, and is no pass.',
    )
    .option('--switches <number>', 'committed switches to cover', wholeNumber(1, 100_000), 200)
    .option('--minutes <number>', 'time to do it in', wholeNumber(1, 10_080), 20)
    .option(
      '--rate <number>',
      'requests per second at the peak (default: 300, or 40 % of what the shop can do)',
      wholeNumber(1, 10_000),
    )
    .option(
      '--keep-warm <seconds>',
      'how long services that are not needed any more wait for their next use: for switches that follow each other faster than hosts start',
      wholeNumber(0, 86_400),
      0,
    )
    .option('--report <file>', 'write the report there as JSON (docs/report.schema.json)')
    .option(
      '--seed <number>',
      'same seed, same switches, arrivals and customers',
      wholeNumber(0, MAX_SEED),
      1,
    )
    .option('--port <number>', 'port of the shop on 127.0.0.1; 0: any free one', wholeNumber(0, 65_535), 0)
    .helpOption('--help', 'show this')
    .allowExcessArguments(false);

/** Wrong usage is one line and exit code 2. */
export function parseSoak(args: readonly string[], cwd: string): Parsed<SoakOptions> {
  return parsing(command(), args, ({ keepWarm, ...given }: Given) => ({
    ...given,
    keepWarmMs: keepWarm * 1_000,
    rate: given.rate ?? null,
    report: given.report === undefined ? null : resolve(cwd, given.report),
  }));
}
