/**
 * Where log lines go: a file or an inherited descriptor, written line by line before the call returns.
 *
 * D1  What was logged survives SIGKILL of the process.
 * D2  A line that cannot be written is dropped and counted: a full disk fails no request and ends no process. (Pino's own
 *     destination throws into the caller then, and after a fatal line tries for ever.)
 * D3  The first line that can be written again comes after one that says how many are missing.
 */
import { openSync, writeSync } from 'node:fs';

export interface LogDestination {
  write(line: string): void;
}

export interface LogDestinationOptions {
  /** A descriptor, or a file to append to, which is made for its owner only. */
  readonly to: number | string;
  /** The line, without its end, that tells how many lines are missing. */
  readonly missing: (lost: number) => string;
  /** How bytes are written; how many were. @throws the system's error. */
  readonly write?: (descriptor: number, bytes: Uint8Array, from: number) => number;
}

/** A pipe whose reader is slow is waited for at most so often and so long, ms. */
const BUSY_TRIES = 20;
const BUSY_PAUSE_MS = 10;

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;
const pause = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);

/** @throws the system's error when the file cannot be opened. */
export function logDestination({ to, missing, write = writeSync }: LogDestinationOptions): LogDestination {
  const descriptor = typeof to === 'number' ? to : openSync(to, 'a', 0o600);
  let lost = 0;
  /** Only a part of the last line was written. */
  let torn = false;

  /** Whether all of it was written. */
  const put = (line: string): boolean => {
    const bytes = Buffer.from(torn ? `\n${line}` : line);
    let busy = 0;
    for (let sent = 0; sent < bytes.length;) {
      try {
        sent += write(descriptor, bytes, sent);
        torn = sent < bytes.length;
      } catch (error) {
        busy += 1;
        if (codeOf(error) !== 'EAGAIN' || lost > 0 || busy > BUSY_TRIES) return false;
        pause();
      }
    }
    return true;
  };

  return {
    write: (line) => {
      if (lost > 0 && put(`${missing(lost)}\n`)) lost = 0;
      if (lost > 0 || !put(line)) lost += 1;
    },
  };
}

/** What the missing lines are told with. */
export const LINES_LOST = 'lines of this log are missing: they could not be written';

/** The same as a line of a logger that is pino's own in everything but its `app`. */
export const linesLost = (app: string, lost: number): string =>
  JSON.stringify({ level: 40, time: Date.now(), app, lost, msg: LINES_LOST });
