/** How the commands about autonomy are written on the command line. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  runApprove,
  runFreeze,
  runLevel,
  runProposals,
  runReject,
  runUnfreeze,
  type AutonomySaid,
} from './commands/autonomy.ts';
import type { SwitchOptions } from './commands/switching.ts';
import type { ExitCode } from './exit-codes.ts';

interface Json {
  readonly json?: boolean;
}

function level(text: string): number {
  if (/^[0-4]$/.test(text)) return Number(text);
  throw new InvalidArgumentError('not a level from 0 to 4.');
}

/**
 * Adds the commands to the program.
 * @param said the way to the switcher
 */
export function addAutonomyCommands(
  program: Command,
  said: () => Promise<AutonomySaid>,
  ended: (code: ExitCode) => void,
): void {
  const json = new Option('--json', 'print JSON');
  program
    .command('level')
    .description(
      'what the brain may do by itself: 0 watch, 1 alert, 2 instances only, 3 within the guardrails, 4 full',
    )
    .argument('[level]', '0 to 4; what it is now without it', level)
    .addOption(json)
    .action(async (given: number | undefined, options: Json) =>
      ended(await runLevel(await said(), given, options.json)),
    );
  program
    .command('freeze')
    .description('take nothing of the brain, emergencies included')
    .addOption(new Option('--reason <text>', 'told to those who ask, and kept in the audit log'))
    .addOption(json)
    .action(async (options: Pick<SwitchOptions, 'reason' | 'json'>) =>
      ended(await runFreeze(await said(), options)),
    );
  program
    .command('unfreeze')
    .description('end the freeze')
    .addOption(json)
    .action(async (options: Json) => ended(await runUnfreeze(await said(), options.json)));
  program
    .command('proposals')
    .description('what waits to be approved, and what became of what waited')
    .addOption(json)
    .action(async (options: Json) => ended(await runProposals(await said(), options.json)));
  program
    .command('approve')
    .description('let a proposal become a switch')
    .argument('<id>')
    .addOption(new Option('--wait', 'until every edge is on the new layout and the old one is drained'))
    .addOption(json)
    .action(async (id: string, options: Pick<SwitchOptions, 'wait' | 'json'>) =>
      ended(await runApprove(await said(), id, options)),
    );
  program
    .command('reject')
    .description('refuse a proposal, and the same one for ten minutes')
    .argument('<id>')
    .addOption(json)
    .action(async (id: string, options: Json) => ended(await runReject(await said(), id, options.json)));
}
