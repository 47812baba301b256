/** The bank's process: always on the same port, so that nobody must be told of a restart. */
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { lastLines, startApp, type AppProcess } from './app-process.ts';
import { endProcesses } from './leftovers.ts';
import { StackError } from './stack-error.ts';

export interface AcquirerProcess extends AppProcess {
  /** Without trailing slash. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface AcquirerSpec {
  readonly main: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** 0: any free one. */
  readonly port: number;
}

/** An orderly end takes no longer. */
const STOP_MS = 1_000;

/** Starts it and waits until it listens. @throws StackError with the last line of its log. */
export async function startAcquirer(spec: AcquirerSpec): Promise<AcquirerProcess> {
  const logFile = join(spec.home, 'logs', 'acquirer.log');
  const env = { ...spec.env, ATLAS_ACQUIRER_PORT: String(spec.port) };
  const started = await startApp({ app: 'acquirer', main: spec.main, env, logFile, stdout: 'pipe' });
  const url = await Promise.race([listening(started), started.exited.then(() => undefined)]);
  if (url === undefined) throw new StackError(`the acquirer did not start: ${await lastLines(logFile, 1)}`);
  const stop = async (): Promise<void> => {
    started.child.kill('SIGTERM');
    started.cutLifeline();
    await endProcesses([started], STOP_MS);
    await started.exited;
  };
  return { ...started, url, stop };
}

/** Its first line of output names its address. */
function listening({ child }: AppProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (!child.stdout) return reject(new StackError('the acquirer has no output'));
    createInterface({ input: child.stdout }).once('line', (line) => {
      try {
        resolve((JSON.parse(line) as { listening: string }).listening);
      } catch (error) {
        reject(new StackError('the acquirer did not say its address', error));
      }
    });
  });
}
