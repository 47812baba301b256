import { BusinessError, PlatformError, type PlatformCode } from '@atlas/coupling-runtime';

/** One place that did not fit, named as the client knows it: `body` `/quantity`. */
export interface Misfit {
  readonly in: 'body' | 'query' | 'path' | 'header';
  /** JSON Pointer within the body, else the parameter's name. */
  readonly name: string;
  readonly message: string;
}

interface ProblemRow {
  readonly status: number;
  readonly title: string;
  /** Set where asking again later is of use. */
  readonly retryAfterMs?: number;
}

/** Every problem that the edge answers with (RFC 9457), by its stable code. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  no_session: { status: 401, title: 'A session is needed: POST /api/sessions' },
  card_declined: { status: 402, title: 'The card was declined' },
  not_found: { status: 404, title: 'There is nothing here' },
  product_not_found: { status: 404, title: 'There is no such product' },
  cart_not_found: { status: 404, title: 'There is no such cart' },
  order_not_found: { status: 404, title: 'There is no such order' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  out_of_stock: { status: 409, title: 'Not enough in stock' },
  cart_empty: { status: 409, title: 'The cart is empty' },
  cart_full: { status: 409, title: 'The cart is full' },
  cart_changed: { status: 409, title: 'The cart has changed' },
  in_progress: { status: 409, title: 'An earlier request is still in progress', retryAfterMs: 1_000 },
  precondition_failed: { status: 412, title: 'A precondition does not hold' },
  body_too_large: { status: 413, title: 'The body is too large' },
  uri_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests', retryAfterMs: 1_000 },
  headers_too_large: { status: 431, title: 'The header fields are too large' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  internal: { status: 500, title: 'Something is wrong on our side' },
  unavailable: { status: 503, title: 'Not available for the moment', retryAfterMs: 1_000 },
  overloaded: { status: 503, title: 'Too much to do for the moment', retryAfterMs: 1_000 },
  dependency_unavailable: { status: 503, title: 'Not available for the moment', retryAfterMs: 1_000 },
  connection_lost: { status: 503, title: 'The outcome is not known; ask again', retryAfterMs: 1_000 },
  dead_letter: { status: 503, title: 'The request was put aside to be looked at', retryAfterMs: 60_000 },
  deadline_exceeded: { status: 503, title: 'It took too long; ask again', retryAfterMs: 1_000 },
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Business failures of the exposed operations: a route to an operation with another does not compile (`expose`). */
export const BUSINESS_PROBLEMS = {
  bad_cursor: 'invalid_request',
  product_not_found: 'product_not_found',
  cart_not_found: 'cart_not_found',
  order_not_found: 'order_not_found',
  out_of_stock: 'out_of_stock',
  cart_empty: 'cart_empty',
  cart_full: 'cart_full',
  cart_changed: 'cart_changed',
  card_declined: 'card_declined',
  in_progress: 'in_progress',
  key_conflict: 'idempotency_key_reused',
} as const satisfies Readonly<Record<string, ProblemCode>>;

export type BusinessCode = keyof typeof BUSINESS_PROBLEMS;

/** Failures of the platform. Defects are 500; what passes by itself is 503 with `Retry-After`. */
const PLATFORM_PROBLEMS: Readonly<Record<PlatformCode, ProblemCode>> = {
  deadline_exceeded: 'deadline_exceeded',
  unavailable: 'unavailable',
  connection_lost: 'connection_lost',
  overloaded: 'overloaded',
  cancelled: 'unavailable',
  epoch_unknown: 'unavailable',
  goaway: 'unavailable',
  invalid_input: 'invalid_request',
  dead_letter: 'dead_letter',
  dependency_unavailable: 'dependency_unavailable',
  misrouted: 'internal',
  root_ended: 'internal',
  internal: 'internal',
};

export interface ProblemOptions {
  readonly detail?: string;
  readonly errors?: readonly Misfit[];
  /** JSON-safe facts of the failure, e.g. which product is out of stock. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Overrides the code's own hint. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A refusal or failure that the edge answers with as `application/problem+json`. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly options: ProblemOptions;
  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** Whole seconds, at least 1; undefined when asking again is no use. */
  get retryAfterS(): number | undefined {
    const row: ProblemRow = PROBLEMS[this.code];
    const ms = this.options.retryAfterMs ?? row.retryAfterMs;
    return ms === undefined ? undefined : Math.max(1, Math.ceil(ms / 1_000));
  }

  /** The JSON text of the problem document. */
  body(): string {
    const { detail, errors, details } = this.options;
    const { status, title } = PROBLEMS[this.code];
    return JSON.stringify({
      type: `urn:atlas:problem:${this.code}`,
      title,
      status,
      code: this.code,
      ...(detail === undefined ? {} : { detail }),
      ...(errors === undefined ? {} : { errors }),
      ...(details === undefined ? {} : { details }),
    });
  }
}

function ofBusiness(error: BusinessError): Problem {
  const code: ProblemCode | undefined = Object.hasOwn(BUSINESS_PROBLEMS, error.code)
    ? BUSINESS_PROBLEMS[error.code as BusinessCode]
    : undefined;
  if (code === undefined) return new Problem('internal', { cause: error });
  if (error.code === 'bad_cursor')
    return new Problem(code, {
      errors: [{ in: 'query', name: 'cursor', message: 'is none that was handed out' }],
    });
  return new Problem(code, {
    ...(error.message === error.code ? {} : { detail: error.message }),
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

/** Fastify's own refusals, by its error code. */
const FASTIFY_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  FST_ERR_BAD_URL: 'invalid_request',
};

function ofOther(error: unknown): Problem {
  const { code, statusCode } =
    error instanceof Error ? (error as { code?: unknown; statusCode?: unknown }) : {};
  const known = typeof code === 'string' ? FASTIFY_PROBLEMS[code] : undefined;
  if (known !== undefined) return new Problem(known);
  if (statusCode === 412) return new Problem('precondition_failed'); // of a file
  const clientsFault = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return new Problem(clientsFault ? 'invalid_request' : 'internal', { cause: error });
}

/** What the client is told of an error. Defects (`internal`) keep their cause for the log and say nothing outside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BusinessError) return ofBusiness(error);
  if (!(error instanceof PlatformError)) return ofOther(error);
  const { retryAfterMs } = error;
  return new Problem(PLATFORM_PROBLEMS[error.code], {
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
