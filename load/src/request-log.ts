import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { RequestRecord } from './protocol.ts';

/** Where every request of a run is written down. */
export interface RequestLog {
  write(record: RequestRecord): void;
  /** Resolves when everything is in the file. */
  close(): Promise<void>;
}

/** For runs without a log file. */
export const noLog: RequestLog = { write: () => undefined, close: () => Promise.resolve() };

const FLUSH_BYTES = 64 * 1024;

/** What of a file it takes. */
export interface LogFile {
  write(
    bytes: Uint8Array,
    from: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** JSON lines, buffered; the file is made anew. @throws Error when it cannot be opened. */
export const openRequestLog = async (file: string): Promise<RequestLog> =>
  requestLogIn(await open(file, 'w', 0o600));

/**
 * Lines that cannot be written, as on a full disk, are left out, and the load goes on: who audits counts them, and
 * misses them. What stays are whole lines.
 */
export function requestLogIn(file: LogFile): RequestLog {
  let lines: string[] = [];
  let length = 0;
  /** Of the whole lines in the file, in bytes. What a write that failed has left behind them is written over. */
  let end = 0;
  let torn = false;
  let writing: Promise<void> = Promise.resolve();
  const put = async (bytes: Uint8Array): Promise<void> => {
    try {
      for (let sent = 0; sent < bytes.length;)
        sent += (await file.write(bytes, sent, bytes.length - sent, end + sent)).bytesWritten;
      end += bytes.length;
    } catch {
      torn = true;
    }
  };
  const flush = (): void => {
    const bytes = Buffer.from(lines.join(''));
    lines = [];
    length = 0;
    writing = writing.then(() => put(bytes));
  };
  return {
    write: (record) => {
      const line = `${JSON.stringify(record)}\n`;
      lines.push(line);
      if ((length += line.length) >= FLUSH_BYTES) flush();
    },
    close: async () => {
      flush();
      await writing;
      if (torn) await file.truncate(end);
      await file.close();
    },
  };
}

/** Reads a log line by line, in constant memory. @throws SyntaxError on a line that is no JSON. */
export async function* readRequestLog(file: string): AsyncGenerator<RequestRecord, void, undefined> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  for await (const line of lines) if (line !== '') yield JSON.parse(line) as RequestRecord;
}

/** How many checkout requests were sent and not yet answered at each of these moments (ms since 1970). */
export async function checkoutsInFlightAt(file: string, moments: readonly number[]): Promise<number[]> {
  const counts = moments.map(() => 0);
  for await (const { route, sent, done } of readRequestLog(file)) {
    if (!route.endsWith('/checkout')) continue;
    moments.forEach((at, i) => {
      if (sent <= at && at < done) counts[i] = (counts[i] ?? 0) + 1;
    });
  }
  return counts;
}
