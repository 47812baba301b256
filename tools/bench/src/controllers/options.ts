/** The command line of `npm run bench:controllers`. */
import { CONTROLLERS, parsing, wholeNumber, type Parsed } from '@atlas/stack';
import { Command } from 'commander';
import { resolve } from 'node:path';
import { TRACES, type Only } from './cells.ts';

export interface ControllersOptions {
  /** Absolute; null: no file. */
  readonly report: string | null;
  /** Go on with the runs that the report lacks. */
  readonly resume: boolean;
  readonly repeats: number;
  readonly only: Only;
  readonly seed: number;
}

interface Given {
  readonly report?: string;
  readonly resume?: boolean;
  readonly repeats: number;
  readonly only?: string[];
  readonly seed: number;
}

const command = (): Command =>
  new Command('npm run bench:controllers --')
    .description('Compares who moves the shape, in turn on the same traffic; about 100 s a run.')
    .option('--report <file>', 'write every run and the medians there as JSON')
    .option('--resume', 'keep the runs that the report has, and add those that it lacks')
    .option('--repeats <number>', 'runs of each controller on each trace', wholeNumber(1, 20), 3)
    .option('--only <name...>', 'traces, controllers, or trace/controller (default: all)')
    .option('--seed <number>', 'of the first repeat; later ones count on', wholeNumber(0, 2 ** 31), 1)
    .helpOption('--help', 'show this')
    .allowExcessArguments(false);

/** Paths are relative to `cwd`. Wrong usage is one line and exit code 2. */
export function parseControllers(args: readonly string[], cwd: string): Parsed<ControllersOptions> {
  return parsing(command(), args, (given: Given) => {
    const only = given.only ?? [];
    const known = [
      ...[...TRACES, ...CONTROLLERS],
      ...TRACES.flatMap((trace) => CONTROLLERS.map((controller) => `${trace}/${controller}`)),
    ];
    const unknown = only.find((word) => !known.includes(word as (typeof known)[number]));
    if (unknown !== undefined)
      return `--only ${unknown}: there are the traces ${TRACES.join(', ')} and the controllers ${CONTROLLERS.join(', ')}`;
    const report = given.report === undefined ? null : resolve(cwd, given.report);
    return { report, resume: given.resume ?? false, repeats: given.repeats, only, seed: given.seed };
  });
}
