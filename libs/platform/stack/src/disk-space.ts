/** The disk that all state of a stack is on: what is said when it is full, and when it is about to be. */
import { statfs } from 'node:fs/promises';
import { StackError } from './stack-error.ts';

/** Below this Postgres may be unable to make its next file (16 MB), and says so by going down. */
const LOW_BYTES = 32 * 2 ** 20;
const LOOK_EVERY_MS = 2_000;
const NO_SPACE = /\bENOSPC\b|\bEDQUOT\b|no space left on device|disk quota exceeded/i;
const MB = 2 ** 20;

/** Whether these words of the system, or of Postgres, are about a full disk. */
export const isOfSpace = (text: string): boolean => NO_SPACE.test(text);

function* causes(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) yield at;
}

/** The same error, or, when it comes of a full disk, one that says what to do. */
export function saidOfSpace(home: string, error: unknown): unknown {
  const full = [...causes(error)].some((one) =>
    isOfSpace(`${'code' in one ? String(one.code) : ''} ${one.message}`),
  );
  if (!full) return error;
  return new StackError(
    `the disk that holds ${home} is full: free some space, or set ATLAS_HOME to a folder on another disk`,
    error,
  );
}

/** Bytes that may still be written to the folder's disk; undefined when the system does not say. */
const freeBytes = (home: string): Promise<number | undefined> =>
  statfs(home).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );

/** Tells, once each, when space runs low and when there is enough again. @returns what ends it. */
export function watchSpace(home: string, tell: (line: string) => void, free = freeBytes): () => void {
  let low = false;
  const look = async (): Promise<void> => {
    const bytes = await free(home);
    if (bytes === undefined) return;
    if (!low && bytes < LOW_BYTES) {
      low = true;
      const left = `${Math.floor(bytes / MB)} MB are free`;
      tell(
        `the disk that holds ${home} is full (${left}): orders are refused and lines of logs are dropped until there is space`,
      );
    } else if (low && bytes >= 2 * LOW_BYTES) {
      low = false;
      tell(`the disk that holds ${home} has space again (${Math.floor(bytes / MB)} MB are free)`);
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}
