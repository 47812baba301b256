/**
 * Errors are coded where they are thrown, so that a caller cannot tell a local from a remote answer.
 * Two kinds: business errors (in the operation's contract) and platform errors (this closed table).
 */

/** Every way in which the platform, not the business, fails a call. */
export const PLATFORM_CODES = [
  /** The root's or the operation's deadline passed. Outcome unknown for keyed operations. */
  'deadline_exceeded',
  /** No instance that the root's epoch allows could be reached. Nothing was executed. */
  'unavailable',
  /** The connection was lost with the call in flight. Outcome unknown. */
  'connection_lost',
  /** A queue, or the standby, is full. Nothing was executed. */
  'overloaded',
  /** The caller gave up; the answer is of no use any more. */
  'cancelled',
  /** The callee does not hold, and cannot read, the epoch of the call. Nothing was executed. */
  'epoch_unknown',
  /** The callee is neither primary nor standby of the module in the call's epoch (E1). Nothing was executed. */
  'misrouted',
  /** The callee is going away and took no new call. Nothing was executed. */
  'goaway',
  /** Input does not fit the contract's schema. */
  'invalid_input',
  /** The work met a crashing host twice and is held back. */
  'dead_letter',
  /** The database, or another dependency of the callee, is away for now. */
  'dependency_unavailable',
  /** A call was started after its root had ended: a detached promise (a bug). */
  'root_ended',
  /** A defect: an error without a code. Its message stays in the callee's log. */
  'internal',
] as const;

export type PlatformCode = (typeof PLATFORM_CODES)[number];

export const isPlatformCode = (code: string): code is PlatformCode =>
  (PLATFORM_CODES as readonly string[]).includes(code);

/** A failure that is part of an operation's contract, e.g. `out_of_stock`. `details` is JSON-safe. */
export class BusinessError<Code extends string = string> extends Error {
  readonly kind = 'business';
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  constructor(code: Code, message?: string, details?: Readonly<Record<string, unknown>>) {
    super(message ?? code);
    this.name = 'BusinessError';
    this.code = code;
    this.details = details;
  }
}

/** A failure of the platform. `retryAfterMs` is a hint for the outermost client. */
export class PlatformError extends Error {
  readonly kind = 'platform';
  readonly code: PlatformCode;
  readonly retryAfterMs: number | undefined;
  constructor(code: PlatformCode, message?: string, options?: { cause?: unknown; retryAfterMs?: number }) {
    super(message ?? code, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PlatformError';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
