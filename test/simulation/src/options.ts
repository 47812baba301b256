/** The command line of `npm run simulate`, read once. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';

export interface SimulateOptions {
  readonly schedules: number;
  readonly seed: number;
  readonly workers: number;
  /** Absolute; undefined: no file. */
  readonly report: string | undefined;
  /** Goes on from what the report holds. */
  readonly resume: boolean;
  /** Looks for the planted bugs instead. */
  readonly planted: boolean;
}

const MAX_SEED = 2 ** 31 - 1;

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed.`);
  };

/** The options; or the exit code with which the process ends at once: 0 after `--help`, 2 after wrong usage. */
export function parseSimulate(args: readonly string[]): SimulateOptions | number {
  const command = new Command('npm run simulate --')
    .description(
      'Runs the real switch protocol through seeded lives on virtual time, with faults, and checks E1 to E6 after every step.',
    )
    .option('--schedules <number>', 'lives to run', wholeNumber(0, 100_000_000), 2_000)
    .option('--seed <number>', 'seed of the first one; the others follow', wholeNumber(0, MAX_SEED), 1)
    .option('--workers <number>', 'lives at a time', wholeNumber(1, 256), availableParallelism())
    .option('--report <file>', 'write what came of it there, as JSON', (path: string) => resolve(path))
    .option('--resume', 'go on with the lives that the report does not hold yet', false)
    .option('--planted', 'show instead that a bug planted for each invariant is found', false)
    .helpOption('--help', 'show this')
    .allowExcessArguments(false)
    .exitOverride();
  try {
    const options = command.parse(args, { from: 'user' }).opts<SimulateOptions>();
    if (options.resume && !options.report)
      command.error('error: --resume needs the report to go on from: --report <file>');
    return options;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}
