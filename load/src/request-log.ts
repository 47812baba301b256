import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
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

/** JSON lines, buffered; the file is made anew. @throws Error when it cannot be opened. */
export async function openRequestLog(file: string): Promise<RequestLog> {
  const stream = createWriteStream(file, { flags: 'w', mode: 0o600 });
  await once(stream, 'open');
  return buffered(stream);
}

function buffered(stream: WriteStream): RequestLog {
  let lines: string[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (lines.length > 0) stream.write(lines.join(''));
    lines = [];
    bytes = 0;
  };
  return {
    write: (record) => {
      const line = `${JSON.stringify(record)}\n`;
      lines.push(line);
      if ((bytes += line.length) >= FLUSH_BYTES) flush();
    },
    close: async () => {
      flush();
      stream.end();
      await once(stream, 'close');
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
