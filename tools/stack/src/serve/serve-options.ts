/** The command line of `nx serve`. Every part takes all options, since `nx run-many` gives them to all. */
import { Argument, Command } from 'commander';
import { basename } from 'node:path';
import { DEFAULT_PORT, parsing, wholeNumber, type Parsed } from '../options.ts';

export interface ServeOptions {
  /** Folder name of the app, or `stack`. */
  readonly app: string;
  /** Of the shop; 0: any free one. */
  readonly port: number;
  /** Port of the debugger, 0: any free one; undefined: none. */
  readonly inspect: number | undefined;
}

const command = (): Command =>
  new Command('npx nx serve <name>')
    .description('Runs one part of the stack as an ordinary process that restarts when a source changes.')
    .addArgument(new Argument('<folder>', 'apps/NAME, or tools/stack for Postgres and acquirer'))
    .option(
      '--port <number>',
      'port of the shop on 127.0.0.1; 0: any free one',
      wholeNumber(0, 65_535),
      DEFAULT_PORT,
    )
    .option(
      '--inspect [port]',
      'let a debugger attach; without a port on any free one, which is told',
      inspectPort,
    )
    .helpOption('--help', 'show this')
    .allowExcessArguments(false);

/** Nx passes a bare `--inspect` on as `--inspect=true`. */
const inspectPort = (text: string): number => (text === 'true' ? 0 : wholeNumber(0, 65_535)(text));

interface Given {
  readonly port: number;
  readonly inspect?: number | true;
}

/** Wrong usage is one line and exit code 2. */
export function parseServe(args: readonly string[]): Parsed<ServeOptions> {
  const program = command();
  return parsing(program, args, ({ port, inspect }: Given) => ({
    app: basename(program.args[0] ?? ''),
    port,
    inspect: inspect === true ? 0 : inspect,
  }));
}
