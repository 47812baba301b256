/** From the command line to the exit code: what `npm start` and `npm run soak` have in common. */
import { setFlagsFromString } from 'node:v8';
import { ConfigError } from '@atlas/platform-config';
import { resetStack, StackError, startStack, type Stack, type StackOptions } from '@atlas/platform-stack';
import { existsSync } from 'node:fs';
import { interruption, INTERRUPTED } from './interruption.ts';
import { UsageError, type Parsed } from './options.ts';
import { openScreen, type Screen } from './screen.ts';
import { readSettings, type Settings } from './settings.ts';
import { startFailure } from './start-failure.ts';

export interface Session<T> {
  readonly options: T;
  readonly settings: Settings;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * This process looks at all others each second: much garbage, little that stays. Its heap held 15 MB, 60 switches later
 * the same, in 196 MB of PSS, nearly all of it a young generation that V8 lets grow without need. This keeps it small:
 * 80 instead of 217 MB after 400 such looks. It must be said before the first of them.
 */
const YOUNG_GENERATION = '--semi-space-growth-factor=1';

/** Runs a command to its exit code; errors that people can act on are one line. */
export async function runCommand<T>(
  parse: (args: readonly string[], cwd: string) => Parsed<T>,
  command: (session: Session<T>) => Promise<number>,
): Promise<void> {
  setFlagsFromString(YOUNG_GENERATION);
  // Whoever reads our words may go first, as a terminal does: that must not keep us from ending in order.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  process.exitCode = await outcome(parse, command);
  process.exit();
}

async function outcome<T>(
  parse: (args: readonly string[], cwd: string) => Parsed<T>,
  command: (session: Session<T>) => Promise<number>,
): Promise<number> {
  let signal: AbortSignal | undefined;
  try {
    const settings = readSettings(process.env, process.cwd());
    const parsed = parse(process.argv.slice(2), settings.cwd);
    if (parsed.kind === 'exit') {
      (parsed.code === 0 ? process.stdout : process.stderr).write(`${parsed.text}\n`);
      return parsed.code;
    }
    signal = interruption(settings.lifelineFd);
    return await command({ options: parsed.options, settings, screen: openScreen(process.stdout), signal });
  } catch (error) {
    const { code, said } = failureOf(error, signal?.aborted ?? false);
    if (said !== undefined) process.stderr.write(`atlas: ${said}\n`);
    return code;
  }
}

/** What a command that threw ends with, and what is said of it: nothing of a wait that an interruption cut short. */
export function failureOf(
  error: unknown,
  interrupted: boolean,
): { readonly code: number; readonly said: string | undefined } {
  if (interrupted && error instanceof Error && error.name === 'AbortError')
    return { code: INTERRUPTED, said: undefined };
  if (error instanceof ConfigError || error instanceof UsageError) return { code: 2, said: error.message };
  if (error instanceof StackError) return { code: 1, said: error.message };
  return { code: 1, said: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

export interface Shape extends Pick<
  StackOptions,
  | 'port'
  | 'audit'
  | 'faults'
  | 'keepWarmMs'
  | 'autonomy'
  | 'spares'
  | 'standbySwitchers'
  | 'brain'
  | 'hostCpu'
  | 'brainSettings'
> {
  /** Forget all state first. */
  readonly fresh?: boolean;
}

async function start(
  { settings, screen, signal }: Session<unknown>,
  { fresh = false, ...shape }: Shape,
): Promise<Stack> {
  const { home, logLevel, faults } = settings;
  if (fresh && existsSync(home)) await resetStack(home);
  return startStack({
    ...{ home, logLevel, signal, onEvent: (line: string) => screen.say(line) },
    ...(faults === undefined ? {} : { faults }),
    ...shape,
  });
}

/** What is refused (a stack runs here already, the port is taken) is refused sooner: then nothing has been started, ms. */
const STARTING_AFTER_MS = 200;

/** Says of a start that it goes on, unless it is refused at once. */
export function announced<T>({ say }: Pick<Screen, 'say'>, line: string, starting: Promise<T>): Promise<T> {
  const timer = setTimeout(() => say(line), STARTING_AFTER_MS);
  return starting.finally(() => clearTimeout(timer));
}

/** Starts a stack, tells so, runs `work` and stops the stack whatever happens. */
export async function withStack<T>(
  session: Session<unknown>,
  shape: Shape,
  work: (stack: Stack) => Promise<T>,
): Promise<T> {
  const { settings, screen, signal } = session;
  const began = performance.now();
  const starting = start(session, shape);
  const stack = await announced(screen, 'starting Postgres, acquirer, switcher and shop', starting).catch(
    (error: unknown): never => {
      throw startFailure({ home: settings.home, signal }, error);
    },
  );
  try {
    signal.throwIfAborted();
    screen.say(`shop answering at ${stack.edgeUrl} (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
    return await work(stack);
  } finally {
    screen.close();
    screen.say('stopping');
    await stack.stop();
  }
}
