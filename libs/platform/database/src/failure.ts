import { PlatformError } from '@atlas/coupling-runtime';

/** How long a client should wait before it tries again while the database is away. */
export const RETRY_AFTER_MS = 1_000;

/** SQLSTATEs (Postgres, appendix A) that say: the server is not there for us now. */
const UNAVAILABLE = new Set(['57P01', '57P02', '57P03', '57P05', '58030']);
/** Classes of SQLSTATEs: connection exception; insufficient resources (disk, memory, connections). */
const UNAVAILABLE_CLASS = /^(08|53)/;
/** Statement timeout (or cancel), lock timeout, idle-in-transaction timeout, transaction timeout. */
const OUT_OF_TIME = new Set(['57014', '55P03', '25P03', '25P04']);
/** The last four: no connection can be made here, for want of descriptors, ports or memory. */
const SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_DESTROYED',
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'ENOBUFS',
]);
/** What `pg` says, without a code, of a connection or pool that is gone. */
const GONE =
  /^(Connection terminated|Cannot use a pool after|Client (was closed|has encountered a connection error)|This socket)/;
const NO_FREE_CONNECTION = 'timeout exceeded when trying to connect';

const codeOf = (error: unknown): string | undefined => {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
};

const isUnavailable = (error: unknown): boolean => {
  const code = codeOf(error);
  if (code !== undefined) return UNAVAILABLE.has(code) || SOCKET.has(code) || UNAVAILABLE_CLASS.test(code);
  return error instanceof Error && GONE.test(error.message);
};

/** The time ran out, for whatever reason; the outcome of a commit in flight is unknown. */
export const outOfTime = (cause?: unknown): PlatformError =>
  new PlatformError('deadline_exceeded', 'the database did not finish within the deadline', { cause });

/**
 * Codes an error of `pg` for the caller (closed table above); an error with another meaning, such as a violated
 * constraint, and one that is coded already, passes unchanged.
 */
export function failure(error: unknown): unknown {
  const code = codeOf(error);
  if (code !== undefined && OUT_OF_TIME.has(code)) return outOfTime(error);
  if (error instanceof Error && error.message === NO_FREE_CONNECTION) return outOfTime(error);
  if (!isUnavailable(error)) return error;
  return new PlatformError('dependency_unavailable', 'the database is away', {
    cause: error,
    retryAfterMs: RETRY_AFTER_MS,
  });
}

/** True for a coded error that says that the connection, or the whole database, is gone. */
export const isAway = (error: unknown): boolean =>
  error instanceof PlatformError && error.code === 'dependency_unavailable';

/** True when the error is a violation (unique, check, foreign key, not null) of the constraint of that name. */
export function violates(error: unknown, constraint: string): boolean {
  const code = codeOf(error);
  if (!code?.startsWith('23') || !(error instanceof Error)) return false;
  return 'constraint' in error && error.constraint === constraint;
}
