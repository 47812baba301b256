/** What the auditor joins afterwards: every root, and both sides of every call. */

/** How a call ended for its caller: `ok`, a business code, or a platform code. */
export interface CallAudit {
  readonly root: string;
  readonly epoch: number;
  readonly module: string;
  readonly operation: string;
  readonly key: string | undefined;
  /** Instance that served it last, the caller's own for a local call; empty when none was reached. */
  readonly target: string;
  readonly outcome: string;
}

export interface ServeAudit {
  readonly root: string;
  readonly epoch: number;
  readonly module: string;
  readonly operation: string;
  readonly key: string | undefined;
  /** The serving instance. */
  readonly instance: string;
}

/** Where a host appends its audit records. Methods must not throw; they may write synchronously. */
export interface AuditSink {
  /** At admission of a root. */
  admit(root: string, epoch: number, label: string): void;
  /** Caller's side, when the call has ended for it. */
  call(record: CallAudit): void;
  /** Callee's side, before the handler starts. */
  serve(record: ServeAudit): void;
}

/** Auditing is off: clients built with it have no audit code in their path at all. */
export const nopAudit: AuditSink = { admit: () => {}, call: () => {}, serve: () => {} };

/** `ok`, or the code of the error; errors without a code are `internal`. */
export function outcomeOf(error: unknown): string {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : 'internal';
}
