/** Starting an app's bundled process: its own log, its lifeline, nothing inherited by accident. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { processStartTime } from './process-identity.ts';
import { StackError } from './stack-error.ts';

export interface AppSpec {
  readonly app: string;
  readonly main: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Gets standard error, and standard output unless `stdout` is `pipe`. */
  readonly logFile: string;
  readonly stdout?: 'pipe' | 'log';
  /** A further descriptor to inherit, as number 4. */
  readonly inherit?: number;
}

export interface AppProcess {
  readonly pid: number;
  readonly startTime: string;
  readonly child: ChildProcess;
  /** Settles when it has ended, with a word on how. */
  readonly exited: Promise<string>;
  /** Ends the lifeline: this process, and all that inherited it, shut down at once. */
  cutLifeline(): void;
}

/** Variables of this process that every app gets; all others are given one by one. */
const PASSED = ['PATH', 'HOME', 'TZ', 'LANG', 'TMPDIR'];

/** The part of this process's environment that apps may see, and `extra`. */
export function appEnvironment(extra: Readonly<Record<string, string>>): Record<string, string> {
  return { ...passedOn(PASSED), ...extra };
}

/** Of these variables the ones that this process has. */
export function passedOn(keys: readonly string[]): Record<string, string> {
  const found = keys.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]]));
  return Object.fromEntries(found) as Record<string, string>;
}

/**
 * Starts `node MAIN` in a session of its own (Ctrl-C reaches the supervisor alone, which stops the others in order).
 * Descriptor 3 is the lifeline. @throws StackError when it cannot be started at all.
 */
export async function startApp(spec: AppSpec): Promise<AppProcess> {
  await mkdir(dirname(spec.logFile), { recursive: true, mode: 0o700 });
  const log = await open(spec.logFile, 'a', 0o600);
  const output = spec.stdout === 'pipe' ? 'pipe' : log.fd;
  const further = spec.inherit === undefined ? [] : [spec.inherit];
  const child = spawn(process.execPath, [spec.main, ...(spec.args ?? [])], {
    stdio: [spec.stdout === 'pipe' ? 'pipe' : 'ignore', output, log.fd, 'pipe', ...further],
    env: { ...spec.env, ATLAS_LIFELINE_FD: '3' },
    detached: true,
  });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 0}`));
  });
  await log.close();
  if (child.pid === undefined) throw new StackError(`${spec.app} cannot be started: ${await exited}`);
  const lifeline = child.stdio[3];
  lifeline?.on('error', () => undefined);
  const startTime = (await processStartTime(child.pid)) ?? 'gone';
  return { pid: child.pid, startTime, child, exited, cutLifeline: () => lifeline?.destroy() };
}

/** The last words of a log, for an error that people can act on. */
export async function lastLines(logFile: string, count = 3): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-count).join('\n');
}
