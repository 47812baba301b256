/** The real load driver as a process of its own, and what it tells. */
import { readRequestLog, type FailureLine, type LoadConfig, type LoadLine } from '@atlas/load';
import type { ProgressLine, RequestRecord, SummaryLine } from '@atlas/load';
import { appEnvironment, goneWithin, startApp } from '@atlas/platform-stack';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Requests per second when a test does not say: modest, since shop, database and driver share a few cores. */
export const MODEST_RPS = 60;

export interface Load {
  /** Path of the per-request log. */
  readonly log: string;
  /** Failed requests so far, the first 50 of them. */
  readonly failures: readonly FailureLine[];
  /** The newest progress line; undefined in the first second. */
  progress(): ProgressLine | undefined;
  /** Resolves at the first progress line that fits. @throws Error when the driver ends before. */
  until(fits: (progress: ProgressLine) => boolean): Promise<ProgressLine>;
  /** Resolves when this many more requests have ended. */
  served(count: number): Promise<ProgressLine>;
  /** Resolves when the load has gone on for this long from now. */
  lasting(seconds: number): Promise<ProgressLine>;
  /** Ends the load, follows orders whose end is open, and resolves to the summary. Harmless when called twice. */
  stop(): Promise<SummaryLine>;
  /** Ends the process by force. */
  kill(): Promise<void>;
  /** The whole log; only after `stop`. */
  records(): Promise<readonly RequestRecord[]>;
}

type Waiting = { readonly fits: (line: LoadLine) => boolean; readonly take: (line: LoadLine) => void };

/** Starts it against the shop of `stack` and resolves when the load has begun. `main`: the built driver. */
export async function startLoad(
  stack: { readonly edgeUrl: string; readonly home: string },
  main: string,
  config: Partial<LoadConfig> = {},
): Promise<Load> {
  const log = join(stack.home, 'logs', 'requests.jsonl');
  const whole: Partial<LoadConfig> & Pick<LoadConfig, 'edgeUrl'> = {
    ...{ edgeUrl: stack.edgeUrl, mode: 'steady', durationS: 0, peakRps: MODEST_RPS, logFile: log },
    ...config,
  };
  const logFile = join(stack.home, 'logs', 'load.log');
  const driver = await startApp({
    ...{ app: 'load', main, args: [JSON.stringify(whole)], env: appEnvironment({}), logFile },
    stdout: 'pipe',
  });
  const lines = readLines(driver.child.stdout);
  driver.child.stdin?.on('error', () => undefined); // it may end while it is being told to
  const failures: FailureLine[] = [];
  let progress: ProgressLine | undefined;
  lines.onLine((line) => {
    if (line.type === 'failure') failures.push(line);
    if (line.type === 'progress') progress = line;
  });
  const until = async (fits: (seen: ProgressLine) => boolean): Promise<ProgressLine> => {
    const line = await lines.next(
      (seen) => seen.type === 'summary' || (seen.type === 'progress' && fits(seen)),
    );
    if (line.type !== 'progress') throw new Error('the load ended while it was waited for');
    return line;
  };
  const summary = lines.next(({ type }) => type === 'summary') as Promise<SummaryLine>;
  summary.catch(() => undefined); // told by `stop`
  await lines.next(({ type }) => type === 'start');
  return {
    log,
    failures,
    progress: () => progress,
    until,
    served: (count) => {
      const enough = (progress?.requests ?? 0) + count;
      return until(({ requests }) => requests >= enough);
    },
    lasting: (seconds) => {
      const enough = (progress?.elapsedS ?? 0) + seconds;
      return until(({ elapsedS }) => elapsedS >= enough);
    },
    stop: () => {
      driver.child.stdin?.write('stop\n');
      return summary;
    },
    kill: async () => {
      driver.cutLifeline();
      if (!(await goneWithin(driver, 2_000))) driver.child.kill('SIGKILL');
      await driver.exited;
    },
    records: async () => {
      const records: RequestRecord[] = [];
      for await (const record of readRequestLog(log)) records.push(record);
      return records;
    },
  };
}

/** Lines as they come; `next` rejects when the driver says an error, ends, or has ended. */
function readLines(stdout: NodeJS.ReadableStream | null) {
  if (!stdout) throw new Error('the load driver has no output');
  const waiting = new Set<Waiting & { readonly fail: (error: Error) => void }>();
  const listeners: ((line: LoadLine) => void)[] = [];
  let over: Error | undefined;
  const fail = (what: string): void => {
    over ??= new Error(`the load driver ${what}`);
    for (const { fail: tell } of waiting) tell(over);
    waiting.clear();
  };
  const reader = createInterface({ input: stdout });
  reader.on('line', (text) => {
    const line = JSON.parse(text) as LoadLine;
    for (const listener of listeners) listener(line);
    for (const waiter of [...waiting].filter(({ fits }) => fits(line))) {
      waiting.delete(waiter);
      waiter.take(line);
    }
    if (line.type === 'error') fail(`cannot start: ${line.message}`);
  });
  reader.on('close', () => fail('has ended'));
  return {
    onLine: (listener: (line: LoadLine) => void): void => void listeners.push(listener),
    next: (fits: (line: LoadLine) => boolean): Promise<LoadLine> =>
      new Promise((take, tell) => {
        if (over) tell(over);
        else waiting.add({ fits, take, fail: tell });
      }),
  };
}
