/** The command line of `npm run fuzz`. */
import { Command } from 'commander';
import { MAX_SEED, parsing, wholeNumber, type Parsed } from './options.ts';

export interface FuzzOptions {
  /** Null: a fixed number of examples, about a minute. */
  readonly minutes: number | null;
  readonly seed: number;
  readonly port: number;
}

interface Given {
  readonly minutes?: number;
  readonly seed: number;
  readonly port: number;
}

const command = (): Command =>
  new Command('npm run fuzz --')
    .description(
      'Asks a shop of its own whatever its OpenAPI documents allow, and forbid, and checks every answer against them.',
    )
    .option(
      '--minutes <number>',
      'time to do it in (default: a fixed number of requests, about a minute)',
      wholeNumber(1, 10_080),
    )
    .option('--seed <number>', 'same seed, same requests', wholeNumber(0, MAX_SEED), 1)
    .option('--port <number>', 'port of the shop on 127.0.0.1; 0: any free one', wholeNumber(0, 65_535), 0)
    .helpOption('--help', 'show this')
    .allowExcessArguments(false);

/** Wrong usage is one line and exit code 2. */
export const parseFuzz = (args: readonly string[]): Parsed<FuzzOptions> =>
  parsing(command(), args, ({ minutes, ...given }: Given) => ({ ...given, minutes: minutes ?? null }));
