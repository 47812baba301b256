/** A built app as a child: its log in a file, the worst of it on the terminal, its lifeline in our hand. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { goneWithin, processStartTime, signalProcess } from '@atlas/platform-stack';
import { shownLine } from './log-line.ts';

export interface ServedSpec {
  readonly main: string;
  /** Complete but for the lifeline's. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Port of the debugger; undefined: none. */
  readonly inspect: number | undefined;
  /** A further descriptor, inherited as number 4. */
  readonly inherit: number | undefined;
  readonly say: (line: string) => void;
}

/** How it ended. */
export interface ServedEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It was told to stop. */
  readonly asked: boolean;
}

export interface ServedProcess {
  readonly pid: number;
  readonly exited: Promise<ServedEnd>;
  /** Asks it to drain and end; after `patienceMs` its lifeline is cut. Resolves when it has ended. */
  stop(patienceMs: number): Promise<void>;
}

/** A process whose lifeline was cut is gone within 1 s, or it hangs. */
const LIFELINE_MS = 1_500;

/** Starts it with stack traces and breakpoints in the sources. @throws Error when it cannot be started at all. */
export async function startServed(spec: ServedSpec): Promise<ServedProcess> {
  const debugging = spec.inspect === undefined ? [] : [`--inspect=127.0.0.1:${spec.inspect}`];
  const child = spawn(process.execPath, ['--enable-source-maps', ...debugging, spec.main], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...(spec.inherit === undefined ? [] : [spec.inherit])],
    env: { ...spec.env, ATLAS_LIFELINE_FD: '3' },
    detached: true,
  });
  let asked = false;
  const exited = new Promise<ServedEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, asked }));
  });
  const { pid } = child;
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw error;
  }
  const log = tell([child.stdout, child.stderr], spec);
  child.once('close', () => log.end());
  const lifeline = child.stdio[3];
  lifeline?.on('error', () => undefined);
  const identity = { pid, startTime: (await processStartTime(pid)) ?? 'gone' };
  const stop = async (patienceMs: number): Promise<void> => {
    asked = true;
    await signalProcess(identity, 'SIGTERM');
    if (!(await goneWithin(identity, patienceMs))) lifeline?.destroy();
    if (!(await goneWithin(identity, LIFELINE_MS))) await signalProcess(identity, 'SIGKILL');
    await exited;
  };
  return { pid, exited, stop };
}

/** @returns the log, to be ended when nothing more comes. */
function tell(outputs: readonly (Readable | null)[], { logFile, say }: ServedSpec): WriteStream {
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  log.on('error', (error) => say(`${logFile} cannot be written: ${error.message}`));
  for (const output of outputs) {
    if (!output) continue;
    output.pipe(log, { end: false });
    createInterface({ input: output }).on('line', (line) => {
      const shown = shownLine(line);
      if (shown !== undefined) say(shown);
    });
  }
  return log;
}
