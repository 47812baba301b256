/** RFC 9457 answers: one closed table of codes. */
export const PROBLEM_STATUS = {
  invalid_request: 400,
  unauthorized: 401,
  not_found: 404,
  decision_not_found: 404,
  module_not_found: 404,
  sale_not_found: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  unsupported_media_type: 415,
  too_many_sales: 422,
  internal: 500,
  nothing_known: 503,
  store_unavailable: 503,
} as const;
export type ProblemCode = keyof typeof PROBLEM_STATUS;

/** A request that is refused, with its code and a sentence for people. */
export class RefusedError extends Error {
  readonly code: ProblemCode;
  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.name = 'RefusedError';
    this.code = code;
  }
}

export const problem = (code: ProblemCode, detail: string) => ({
  type: `urn:atlas:problem:${code}`,
  title: code.replaceAll('_', ' '),
  status: PROBLEM_STATUS[code],
  code,
  detail,
});

/** Fastify's own refusals, in words of ours. */
const BY_STATUS: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  400: ['invalid_request', 'the request cannot be read'],
  413: ['body_too_large', 'the body is too large'],
  415: ['unsupported_media_type', 'send JSON'],
};

/** What an error means to the client; a defect tells nothing of itself. */
export function problemOf(error: unknown): ReturnType<typeof problem> {
  if (error instanceof RefusedError) return problem(error.code, error.message);
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  const known = typeof status === 'number' ? BY_STATUS[status] : undefined;
  return known ? problem(...known) : problem('internal', 'unexpected error');
}
