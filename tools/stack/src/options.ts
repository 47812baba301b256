/** The command line of `npm start`, read once. */
import { Command, CommanderError, InvalidArgumentError, Option, type OptionValues } from 'commander';
import { StackError } from '@atlas/platform-stack';
import { resolve } from 'node:path';
import { CONTROLLERS, type ControllerName } from './controllers.ts';

export const PROFILES = ['paper', 'measured'] as const;
export type ProfileName = (typeof PROFILES)[number];

export interface StartOptions {
  /** Stop after the report; the exit code is its verdict. */
  readonly once: boolean;
  /** No load: the shop is up until Ctrl-C. */
  readonly idle: boolean;
  /** Name in load/scenarios, or the path of a file. */
  readonly scenario: string;
  /** Absolute; null: no file. */
  readonly report: string | null;
  readonly audit: boolean;
  /** 0: any free one. */
  readonly port: number;
  readonly seed: number;
  /** Enter steps from switch to switch. */
  readonly pause: boolean;
  /** Who moves the shape in a scenario with a trace; undefined: the brain. */
  readonly controller: ControllerName | undefined;
  /** Trace seconds per second; undefined: as the scenario says. */
  readonly speed: number | undefined;
  /** What the brain's thresholds are; undefined: measured, as soon as a capacity is. */
  readonly profile: ProfileName | undefined;
  /** Base URL of a Prometheus that the brain has its readings from; undefined: the hosts themselves. */
  readonly prometheus: string | undefined;
  /** Forget all state first. */
  readonly reset: boolean;
  /** How long services that are not needed any more are kept warm, ms. */
  readonly keepWarmMs: number | undefined;
  /** Processes that wait blank, to become a service when one is needed. */
  readonly spares: number;
  /** Switchers that wait to take over from the one that leads. */
  readonly standbySwitchers: number;
}

/** Either options, or what to print and the exit code with which the process ends at once. */
export type Parsed<T> =
  | { readonly kind: 'run'; readonly options: T }
  | { readonly kind: 'exit'; readonly code: number; readonly text: string };

/** Wrong usage that only shows later, e.g. a file that is not there: one line, exit code 2. */
export class UsageError extends StackError {}

export const DEFAULT_PORT = 4600;

/** A whole number in a range. @throws InvalidArgumentError, which commander turns into one line. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`a whole number from ${min} to ${max} is needed.`);
  };

/** Without a trailing slash. @throws InvalidArgumentError, which commander turns into one line. */
function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash) return url.href.replace(/\/$/, '');
  throw new InvalidArgumentError('a URL like http://127.0.0.1:9090 is needed.');
}

export const MAX_SEED = 2 ** 32 - 1;

interface Given {
  readonly once?: boolean;
  readonly idle?: boolean;
  readonly scenario?: string;
  readonly report?: string;
  readonly audit?: boolean;
  readonly port: number;
  readonly seed: number;
  readonly pause?: boolean;
  readonly speed?: number;
  readonly controller?: ControllerName;
  readonly profile?: ProfileName;
  readonly prometheus?: string;
  readonly reset?: boolean;
  readonly keepWarm?: number;
  readonly spares: number;
  readonly standbySwitchers: number;
}

const command = (): Command =>
  new Command('npm start --')
    .description('Starts the shop, replays real traffic while its shape changes, and reports.')
    .option('--once', 'stop after the report; the exit code is the verdict')
    .option('--idle', 'no load: only the shop, up until Ctrl-C')
    .option(
      '--scenario <name|file>',
      'what happens: a name in load/scenarios, or a file (default: matchday; tour: every change of shape)',
    )
    .option('--report <file>', 'write the report there as JSON (docs/report.schema.json)')
    .option('--audit', 'audit every request, call and cent (default with load)')
    .option('--no-audit', 'do not audit (default with --idle); the verdict cannot be "pass" then')
    .option(
      '--port <number>',
      'port of the shop on 127.0.0.1; 0: any free one',
      wholeNumber(0, 65_535),
      DEFAULT_PORT,
    )
    .option('--seed <number>', 'same seed, same arrivals and customers', wholeNumber(0, MAX_SEED), 1)
    .addOption(
      new Option(
        '--controller <name>',
        'who moves the shape in a scenario with a trace: a shape that stays, an autoscaler, or the brain (default: atlas)',
      ).choices(CONTROLLERS),
    )
    .option(
      '--speed <number>',
      'trace seconds per second, in scenarios with a trace (default: as they say)',
      wholeNumber(1, 60),
    )
    .addOption(
      new Option(
        '--profile <name>',
        'thresholds of the brain: those of the paper, or shares of the measured capacity (default: measured)',
      ).choices(PROFILES),
    )
    .option(
      '--prometheus <url>',
      'a Prometheus that scrapes every host each second; the brain has its readings from there',
      httpUrl,
    )
    .option('--pause', 'wait for Enter before each change of shape, with --scenario tour')
    .option(
      '--spares <number>',
      'processes that wait blank, to become any service at once',
      wholeNumber(0, 16),
      0,
    )
    .option(
      '--keep-warm <seconds>',
      'how long services that are not needed any more wait for their next use (default: 10 where the brain moves the shape, else 0)',
      wholeNumber(0, 86_400),
    )
    .addOption(
      // For who asks what happens to the switcher itself: in the README, not in the first help that one reads.
      new Option(
        '--standby-switchers <number>',
        'switchers that take over when the one that leads falls silent',
      )
        .argParser(wholeNumber(0, 4))
        .default(0)
        .hideHelp(),
    )
    .option('--reset', 'forget orders, catalogue and logs of earlier starts first')
    .helpOption('--help', 'show this')
    .allowExcessArguments(false);

/**
 * Parses the arguments after the script's name. Paths are relative to `cwd`.
 * Wrong usage is one line and exit code 2.
 */
export function parseStart(args: readonly string[], cwd: string): Parsed<StartOptions> {
  return parsing(command(), args, (given: Given) => {
    const clash = clashOf(given);
    if (clash !== undefined) return clash;
    return {
      once: given.once ?? false,
      idle: given.idle ?? false,
      scenario: scenarioPath(given.scenario ?? 'matchday', cwd),
      report: given.report === undefined ? null : resolve(cwd, given.report),
      audit: given.audit ?? !given.idle,
      port: given.port,
      seed: given.seed,
      pause: given.pause ?? false,
      controller: given.controller,
      speed: given.speed,
      profile: given.profile,
      prometheus: given.prometheus,
      reset: given.reset ?? false,
      spares: given.spares,
      standbySwitchers: given.standbySwitchers,
      keepWarmMs: given.keepWarm === undefined ? undefined : given.keepWarm * 1_000,
    };
  });
}

function clashOf(given: Given): string | undefined {
  if (!given.idle) return undefined;
  const other = (['once', 'pause', 'report', 'scenario', 'speed', 'controller'] as const).find(
    (key) => given[key] !== undefined,
  );
  return other && `--idle and --${other} exclude each other: there is no load then`;
}

/** A name stays one. */
const scenarioPath = (scenario: string, cwd: string): string =>
  /^[^/\\.]+$/.test(scenario) ? scenario : resolve(cwd, scenario);

/** Options that npm itself has, too. */
const OF_NPM: readonly unknown[] = ['--audit', '--only'];

/** What is wrong when an option was said to npm: it keeps those before a `--`, and has the command run without them. */
function keptByNpm(program: Command): string | undefined {
  const kept = program.options
    .map(({ long }) => long ?? '')
    .find(
      (long) => !OF_NPM.includes(long) && `npm_config_${long.slice(2).replaceAll('-', '_')}` in process.env,
    );
  return (
    kept &&
    `npm kept ${kept} for itself; what is meant for the command follows a --: ${program.name()} ${kept}`
  );
}

/** Runs a command's parser; a string from `check` is a usage error. */
export function parsing<G extends OptionValues, T>(
  program: Command,
  args: readonly string[],
  check: (given: G) => T | string,
): Parsed<T> {
  let text = '';
  program
    .exitOverride()
    .configureOutput({ writeOut: (said) => (text += said), writeErr: (said) => (text += said) });
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'exit', code: 0, text: text.trimEnd() };
    return usage(
      text
        .replace(/^error: /, '')
        .replaceAll('\n', ' ')
        .trim(),
    );
  }
  const checked = keptByNpm(program) ?? check(program.opts<G>());
  return typeof checked === 'string' ? usage(checked) : { kind: 'run', options: checked };
}

const usage = (problem: string): Parsed<never> => ({
  kind: 'exit',
  code: 2,
  text: `atlas: ${problem} (--help shows all options)`,
});
