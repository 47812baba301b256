/** The command line: what can be said, and which command hears it. */
import { Command, CommanderError, InvalidArgumentError, Option, Argument } from 'commander';
import { addAutonomyCommands } from './autonomy-cli.ts';
import { addBrainCommands, modules } from './brain-cli.ts';
import { diagnose, runDoctor } from './commands/doctor.ts';
import { runLogs } from './commands/logs.ts';
import { runAbort, runRollback, runSwitch, type SwitchOptions } from './commands/switching.ts';
import { runHistory, runStatus, runWatch } from './commands/watching.ts';
import { ControlClient } from './control-client.ts';
import { CommandError, EXIT, type ExitCode } from './exit-codes.ts';
import { brainAddress, findHome, leaderAddress, openHome, type Home } from './home.ts';
import { printing, type Output } from './output.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly output: Output;
  /** Asked for by what goes on until Ctrl-C, `watch` and `logs -f`: Ctrl-C ends every other command at once. */
  readonly interruption: () => AbortSignal;
}

function count(most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most) throw new InvalidArgumentError(`not a number from 1 to ${most}.`);
    return value;
  };
}

interface Json {
  readonly json?: boolean;
}

/** The status of the shop does not wait for a brain that stands still, ms. */
const BRIEFLY_MS = 1_000;

const brainOf = (opened: Home, withinMs?: number): ControlClient =>
  new ControlClient(() => brainAddress(opened), opened.run.operatorToken, {
    who: 'brain',
    ...(withinMs !== undefined && { withinMs }),
  });

/** Every command gets its own way to the running stack, and sets the exit code. */
function build(around: Surroundings, ended: (code: ExitCode) => void): Command {
  const { env, cwd, output, interruption } = around;
  const said = async (): Promise<{ client: ControlClient; output: Output }> => {
    const opened = await openHome(env, cwd);
    const client = new ControlClient(() => leaderAddress(opened), opened.run.operatorToken);
    return { client, output };
  };
  const json = new Option('--json', 'print JSON');
  const reason = new Option('--reason <text>', 'kept in history and audit log');
  const wait = new Option('--wait', 'until every edge is on the new layout and the old one is drained');
  const program = new Command('atlasctl')
    .description('Look at and change the shape of a running shop.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.line(text.trimEnd()),
      writeErr: (text) => output.problem(`atlasctl: ${text.trim().replace(/^error: /, '')}`),
    });
  program
    .command('status')
    .description('layout, hosts, open switches, and what the brain is at')
    .addOption(json)
    .action(async (options: Json) => {
      const opened = await openHome(env, cwd);
      const brain = opened.run.brainUrl ? brainOf(opened, BRIEFLY_MS) : undefined;
      ended(await runStatus({ ...(await said()), brain }, options.json));
    });
  program
    .command('switch')
    .description('change the shape')
    .addArgument(new Argument('<mode>').choices(['tight', 'loose', 'hybrid']))
    .option('--extract <modules>', 'with hybrid: the modules that become services', modules)
    .option('--bundles <n>', 'number of bundles', count(16))
    .addOption(reason)
    .option('--dry-run', 'only say what would happen')
    .addOption(wait)
    .addOption(json)
    .action(async (mode: string, options: SwitchOptions) =>
      ended(await runSwitch(await said(), mode, options)),
    );
  program
    .command('history')
    .description('switches, newest first')
    .option('--limit <n>', 'how many', count(100), 20)
    .addOption(json)
    .action(async (options: Json & { limit: number }) => ended(await runHistory(await said(), options)));
  program
    .command('abort')
    .description('abort a switch before its commit')
    .argument('<id>')
    .addOption(reason)
    .addOption(json)
    .action(async (id: string, options: SwitchOptions) => ended(await runAbort(await said(), id, options)));
  program
    .command('rollback')
    .description('back to the last stable layout')
    .addOption(reason)
    .addOption(wait)
    .addOption(json)
    .action(async (options: SwitchOptions) => ended(await runRollback(await said(), options)));
  program
    .command('watch')
    .description('show what happens, as it happens')
    .addOption(json)
    .action(async (options: Json) =>
      ended(await runWatch(await said(), { ...options, signal: interruption() })),
    );
  program
    .command('logs')
    .description('logs of one process, e.g. cart-0, or of all')
    .argument('[instance]')
    .option('-f, --follow', 'go on with new lines')
    .option('-n, --lines <n>', 'how many lines at first', count(100_000), 50)
    .addOption(json)
    .action(async (instance: string | undefined, options: Json & { follow?: boolean; lines: number }) => {
      const home = await findHome(env, cwd);
      if (home === undefined) throw new CommandError('nothing was ever started here', EXIT.error);
      ended(await runLogs(home, instance, { ...options, output, signal: interruption() }));
    });
  program
    .command('doctor')
    .description('check everything that has to be right')
    .addOption(json)
    .action(async (options: Json) => ended(await runDoctor(await diagnose(env, cwd), output, options.json)));
  addAutonomyCommands(program, said, ended);
  addBrainCommands(
    program,
    async (asJson) => {
      const opened = await openHome(env, cwd);
      return { brain: brainOf(opened), output, json: asJson };
    },
    ended,
  );
  return program;
}

/** Runs one command line. Never rejects. @returns the exit code. */
export async function run(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  const output = printing(around.output);
  let code: ExitCode = EXIT.done;
  try {
    await build({ ...around, output }, (ended) => (code = ended)).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return failed(error, args.includes('--json'), output);
  }
}

function failed(error: unknown, json: boolean, output: Output): ExitCode {
  const exitCode = error instanceof CommandError ? error.exitCode : EXIT.error;
  const message = error instanceof Error ? error.message : String(error);
  const problem = error instanceof CommandError ? error.problem : undefined;
  if (json) output.line(JSON.stringify({ error: problem ?? { detail: message } }));
  else output.problem(`atlasctl: ${message}`);
  return exitCode;
}
