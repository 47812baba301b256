/** RFC 9457 problems, with the codes that a client may rely on. */

const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request cannot be understood' },
  unauthorized: { status: 401, title: 'A valid bearer token is needed' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This method is not served here' },
  body_too_large: { status: 413, title: 'The body is too large' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used with another body' },
  bank_error: { status: 500, title: 'The bank failed; the outcome is unknown' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** An answer that is not 2xx. */
export class Problem extends Error {
  readonly code: ProblemCode;
  constructor(code: ProblemCode, detail?: string) {
    super(detail ?? PROBLEMS[code].title);
    this.code = code;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** The body, `application/problem+json`. */
  toJSON(): object {
    const { status, title } = PROBLEMS[this.code];
    return { type: 'about:blank', title, status, code: this.code, detail: this.message };
  }
}
