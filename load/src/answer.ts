import type { FailureReason } from './protocol.ts';

/** One attempt's request, as it goes to the shop. */
export interface ShopRequest {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  /** `Idempotency-Key`. */
  readonly key: string | null;
  /** JSON; null: no body. */
  readonly body: unknown;
}

/** What came of one attempt. */
export interface Answer {
  /** 0 when there was none. */
  readonly status: number;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
  readonly epoch: number | null;
  readonly mode: string | null;
  readonly rootId: string | null;
  /** Milliseconds since 1970, with fractions. */
  readonly sent: number;
  readonly done: number;
  /** Set when no whole answer came. */
  readonly broken: { readonly reason: FailureReason; readonly detail: string } | null;
}

/** What an answer means for its customer. */
export interface Verdict {
  /** Null when the answer is one that the step may get. */
  readonly failure: { readonly reason: FailureReason; readonly detail: string } | null;
  readonly orderId: string | null;
  /** Only when the answer says that the order is paid. */
  readonly totalCents: number | null;
  /** True when the answer says that the order never will be. */
  readonly cancelled: boolean;
}

export const fine: Verdict = { failure: null, orderId: null, totalCents: null, cancelled: false };

export const failed = (reason: FailureReason, detail: string): Verdict => ({
  ...fine,
  failure: { reason, detail },
});

/** Property `name` of a JSON object; undefined for everything else. */
export function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null && name in body
    ? (body as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

export function textField(body: unknown, name: string): string | null {
  const value = field(body, name);
  return typeof value === 'string' ? value : null;
}

export function numberField(body: unknown, name: string): number | null {
  const value = field(body, name);
  return typeof value === 'number' ? value : null;
}

/** `409 out_of_stock`: what problem reports show. */
export const described = (answer: Answer): string =>
  [answer.status, textField(answer.body, 'code'), textField(answer.body, 'detail')].filter(Boolean).join(' ');

/** Failures that no step may get: no answer, or the shop's own fault. */
export function broken(answer: Answer): Verdict | undefined {
  if (answer.broken !== null) return failed(answer.broken.reason, answer.broken.detail);
  if (answer.status >= 500) return failed('server_error', described(answer));
  return undefined;
}
