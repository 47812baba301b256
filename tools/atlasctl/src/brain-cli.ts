/** How the brain's commands are written on the command line. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { runExplain, runForecast, runWhatIf, type BrainSaid, type WhatIf } from './commands/brain.ts';
import { runCalendar, runCalendarAdd, runCalendarImport, runCalendarRemove } from './commands/calendar.ts';
import type { ExitCode } from './exit-codes.ts';
import { readIcs } from './read-ics.ts';
import { isZone } from './zone-time.ts';

interface Json {
  readonly json?: boolean;
}

const MOST_RPS = 1_000_000;

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`not a number from ${least} to ${most}.`);
  };
}

const UNITS: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 };

/** `90m`, `2h`, `3d` in minutes. */
function minutes(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const length = Number(count) * (UNITS[unit] ?? 0);
  if (length >= 1 && length <= 31 * 1_440) return length;
  throw new InvalidArgumentError('not a time like 90m, 2h or 3d, of 31 days at most.');
}

const factor = number(0.01, 1_000);

function zone(text: string): string {
  if (isZone(text)) return text;
  throw new InvalidArgumentError('no time zone like Europe/Vienna.');
}

/** `cart,payment`. @throws InvalidArgumentError, which commander turns into one line */
export function modules(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => /^[a-z][a-z0-9-]*$/.test(name))) return names;
  throw new InvalidArgumentError('not module names separated by commas.');
}

/**
 * Adds the commands to the program.
 * @param ask the way to the brain
 */
export function addBrainCommands(
  program: Command,
  ask: (json: boolean | undefined) => Promise<BrainSaid>,
  ended: (code: ExitCode) => void,
): void {
  const json = new Option('--json', 'print JSON');
  const rps = number(0, MOST_RPS);
  program
    .command('forecast')
    .description('what the brain expects 5, 15 and 60 minutes ahead')
    .addOption(json)
    .action(async (options: Json) => ended(await runForecast(await ask(options.json))));
  program
    .command('explain')
    .description('why the brain decided as it did')
    .argument('[id]', 'of the decision; the newest without it')
    .addOption(json)
    .action(async (id: string | undefined, options: Json) =>
      ended(await runExplain(await ask(options.json), id)),
    );
  program
    .command('what-if')
    .description('what the brain would decide if some of what it sees were different')
    .option('--rps <n>', 'requests per second now', rps)
    .option('--in5 <n>', 'requests per second in 5 minutes', rps)
    .option('--in15 <n>', 'requests per second in 15 minutes', rps)
    .option('--in60 <n>', 'requests per second in 60 minutes', rps)
    .option('--anomaly <x>', 'anomaly score, 0 to 1', number(0, 1))
    .option('--crashed <modules>', 'modules that have crashed', modules)
    .addOption(json)
    .action(async ({ json: asJson, ...given }: Json & WhatIf) =>
      ended(await runWhatIf(await ask(asJson), given)),
    );
  const calendar = program.command('calendar').description('sales that are known before');
  calendar
    .command('list', { isDefault: true })
    .description('known sales')
    .addOption(json)
    .action(async (options: Json) => ended(await runCalendar(await ask(options.json))));
  calendar
    .command('add')
    .description('add a sale')
    .argument('<from>', 'when it begins, ISO 8601 with offset: 2026-11-27T00:00Z')
    .requiredOption('--for <time>', 'how long it lasts: 90m, 2h, 3d', minutes)
    .requiredOption('--times <x>', 'traffic, in times of the normal', factor)
    .addOption(json)
    .action(async (from: string, options: Json & { for: number; times: number }) =>
      ended(
        await runCalendarAdd(await ask(options.json), { from, minutes: options.for, times: options.times }),
      ),
    );
  calendar
    .command('import')
    .description('add the coming sales of an iCalendar file; each event is one')
    .argument('<file>', 'with times in X-ATLAS-TIMES, or a category like ATLAS-TIMES=8')
    .option('--times <x>', 'traffic, in times of the normal, where an event does not say', factor, 2)
    .option('--zone <name>', 'time zone of what has none: Europe/Vienna', zone, 'UTC')
    .option('--dry-run', 'only show what would be added')
    .addOption(json)
    .action(async (file: string, options: Json & { times: number; zone: string; dryRun?: boolean }) => {
      const sales = await readIcs(file, { ...options, nowMs: Date.now() });
      ended(await runCalendarImport(await ask(options.json), { sales, dryRun: options.dryRun ?? false }));
    });
  calendar
    .command('remove')
    .description('strike a sale')
    .argument('<id>')
    .addOption(json)
    .action(async (id: string, options: Json) => ended(await runCalendarRemove(await ask(options.json), id)));
}
