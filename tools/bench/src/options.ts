/** The command line of `npm run bench`. */
import { parsing, wholeNumber, type Parsed } from '@atlas/stack';
import { Command } from 'commander';
import { resolve } from 'node:path';
import type { Bench } from './bench.ts';

export interface BenchOptions {
  /** All of them when none is named. */
  readonly benches: readonly Bench[];
  /** Absolute; null: no file. */
  readonly report: string | null;
  readonly rounds: number;
  readonly list: boolean;
}

interface Given {
  readonly report?: string;
  readonly rounds: number;
  readonly list?: boolean;
}

const command = (): Command =>
  new Command('npm run bench --')
    .description('Measures ATLAS against its peers, in one run and in turn.')
    .argument('[name...]', 'benches, or rows of theirs, or the first part of such a name (default: all)')
    .option('--report <file>', 'write rows, machine facts and every sample there as JSON')
    .option('--rounds <number>', 'rounds of each contender', wholeNumber(1, 101), 7)
    .option('--list', 'list the benches and their rows')
    .helpOption('--help', 'show this');

/** By its own name or that of one of its rows: whoever asks for a row may not know which bench has it. */
const isCalled = ({ name, rows }: Bench, word: string): boolean =>
  [name, ...rows.map((row) => row.name)].some((known) => known.startsWith(word));

/** Paths are relative to `cwd`. Wrong usage is one line and exit code 2. */
export function parseBench(
  args: readonly string[],
  cwd: string,
  all: readonly Bench[],
): Parsed<BenchOptions> {
  const program = command();
  return parsing(program, args, (given: Given) => {
    const unknown = program.args.find((word) => !all.some((bench) => isCalled(bench, word)));
    if (unknown !== undefined)
      return `no bench "${unknown}"; there are: ${all.map(({ name }) => name).join(', ')}`;
    const wanted = (bench: Bench): boolean =>
      program.args.length === 0 || program.args.some((word) => isCalled(bench, word));
    return {
      benches: all.filter(wanted),
      report: given.report === undefined ? null : resolve(cwd, given.report),
      rounds: given.rounds,
      list: given.list ?? false,
    };
  });
}
