/** RFC 9457 answers: one closed table of codes. */
import { StaleLeaderError, StoreUnavailableError } from '@atlas/control-store';
import { RefusedError, type RefusalCode } from '../engine/refused.ts';
import { AutonomyConflictError } from '../engine/autonomy-book.ts';
import { NotLeaderError } from '../engine/leadership.ts';
import { SwitchConflictError } from '../engine/switch-book.ts';

export type ProblemCode =
  | RefusalCode
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'not_leading'
  | 'internal';

export const PROBLEM_STATUS: Readonly<Record<ProblemCode, number>> = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  switch_not_found: 404,
  proposal_not_found: 404,
  no_layout: 404,
  method_not_allowed: 405,
  stale: 409,
  switch_in_progress: 409,
  held_by_level: 409,
  held_by_freeze: 409,
  already_committed: 409,
  already_ended: 409,
  nothing_to_roll_back_to: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  refused_by_policy: 422,
  idempotency_key_reused: 422,
  internal: 500,
  store_unavailable: 503,
  not_leading: 503,
};

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly [extension: string]: unknown;
}

export function problem(
  code: ProblemCode,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
): Problem {
  const title = code.replaceAll('_', ' ');
  return { type: `urn:atlas:problem:${code}`, title, status: PROBLEM_STATUS[code], code, detail, ...more };
}

/** Seconds after which a 503 is worth another try. */
export const RETRY_AFTER_S = 1;

/** Errors of Fastify and Nest by status; their own wording stays out. */
const BY_STATUS: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  400: ['invalid_request', 'the request cannot be read'],
  404: ['not_found', 'there is nothing at this address'],
  413: ['body_too_large', 'the body is too large'],
  415: ['unsupported_media_type', 'send JSON'],
};

function statusOf(error: unknown): number {
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown };
  const told = typeof status === 'number' ? status : statusCode;
  return typeof told === 'number' ? told : 500;
}

/** What an error means to the client; a defect tells nothing of itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RefusedError) return problem(error.code, error.message, error.details);
  if (error instanceof StoreUnavailableError) {
    const detail = 'the coupling store did not answer; whether anything was changed is not known';
    return problem('store_unavailable', detail);
  }
  if (error instanceof AutonomyConflictError || error instanceof SwitchConflictError) {
    return problem('store_unavailable', 'a write that was given up has come through meanwhile: ask again');
  }
  if (error instanceof NotLeaderError || error instanceof StaleLeaderError) {
    return problem('not_leading', 'this switcher does not lead at the moment');
  }
  if (typeof error !== 'object' || error === null) return problem('internal', 'unexpected error');
  const known = BY_STATUS[statusOf(error)];
  return known ? problem(...known) : problem('internal', 'unexpected error');
}
