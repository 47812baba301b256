/** The load driver, a process of its own: what it needs of the machine must not be the shop's. */
import type { LoadConfig, LoadLine, ProgressLine, StartLine, SummaryLine } from '@atlas/load';
import { appEnvironment, startApp, StackError, type AppProcess } from '@atlas/platform-stack';
import { createInterface } from 'node:readline';

export interface LoadProcess {
  readonly pid: number;
  /** Settles with the start line when the load begins; rejects when it never does. */
  readonly begun: Promise<StartLine>;
  /** Settles with the last line; rejects when the driver died or could not start. */
  readonly summary: Promise<SummaryLine>;
  /** The newest progress line. */
  progress(): ProgressLine | undefined;
  /** Ends the load now; orders that are pending are still followed. */
  finish(): void;
  /** Ends the process, by force if need be. */
  kill(): Promise<void>;
}

export interface LoadSpec {
  /** `dist/load/main.js` */
  readonly main: string;
  readonly config: Partial<LoadConfig> & Pick<LoadConfig, 'edgeUrl'>;
  readonly logFile: string;
  readonly onLine: (line: LoadLine) => void;
}

export async function startLoad(spec: LoadSpec): Promise<LoadProcess> {
  const driver = await startApp({
    app: 'load',
    main: spec.main,
    args: [JSON.stringify(spec.config)],
    env: appEnvironment({}),
    logFile: spec.logFile,
    stdout: 'pipe',
  });
  const begun = Promise.withResolvers<StartLine>();
  const summary = Promise.withResolvers<SummaryLine>();
  let progress: ProgressLine | undefined;
  const failed = (problem: string): void => {
    const error = new StackError(`the load driver ${problem}`);
    begun.reject(error);
    summary.reject(error);
  };
  for (const { promise } of [begun, summary]) promise.catch(() => undefined); // whoever awaits it is told
  readLines(driver, (line) => {
    if (line.type === 'progress') progress = line;
    if (line.type === 'start') begun.resolve(line);
    if (line.type === 'summary') summary.resolve(line);
    if (line.type === 'error') failed(`could not start: ${line.message}`);
    spec.onLine(line);
  });
  driver.child.once('close', () => failed(`ended before its time (log: ${spec.logFile})`));
  return {
    pid: driver.pid,
    begun: begun.promise,
    summary: summary.promise,
    progress: () => progress,
    finish: () => void driver.child.stdin?.write('stop\n'),
    kill: async () => {
      driver.cutLifeline();
      driver.child.kill('SIGKILL');
      await driver.exited;
    },
  };
}

/**
 * Sees a load through to its last line. Its process has ended then, whatever happens.
 * @throws the signal's reason as soon as it fires; StackError when the driver died or could not start
 */
export async function seenThrough(
  load: Pick<LoadProcess, 'summary' | 'kill'>,
  signal: AbortSignal,
): Promise<SummaryLine> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    return await Promise.race([load.summary, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    await load.kill();
  }
}

function readLines(driver: AppProcess, onLine: (line: LoadLine) => void): void {
  if (!driver.child.stdout) throw new StackError('the load driver has no output');
  driver.child.stdin?.on('error', () => undefined); // it may end while being told to
  createInterface({ input: driver.child.stdout }).on('line', (text) => {
    try {
      onLine(JSON.parse(text) as LoadLine);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  });
}
