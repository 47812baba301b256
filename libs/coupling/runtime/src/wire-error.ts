import type { Operation } from './contract.ts';
import { BusinessError, isPlatformCode, PlatformError, type PlatformCode } from './errors.ts';

/** An error as it travels; JSON-safe. */
export type WireError =
  | {
      readonly kind: 'business';
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>> | undefined;
    }
  | {
      readonly kind: 'platform';
      readonly code: PlatformCode;
      readonly message: string;
      readonly retryAfterMs: number | undefined;
    };

export function platformWire(code: PlatformCode, message: string): WireError {
  return { kind: 'platform', code, message, retryAfterMs: undefined };
}

/**
 * What the caller may see of a handler's error. Undefined: a defect (no code, or a business code outside of the
 * contract's closed set), to be answered with `internal` and logged here, where it happened.
 */
export function toWire(error: unknown, operation: Operation): WireError | undefined {
  if (error instanceof PlatformError) {
    const { code, message, retryAfterMs } = error;
    return { kind: 'platform', code, message, retryAfterMs };
  }
  if (error instanceof BusinessError && operation.errors.includes(error.code)) {
    const { code, message, details } = error;
    return { kind: 'business', code, message, details };
  }
  return undefined;
}

/** The error that the caller's promise rejects with; a code that nobody knows becomes `internal`. */
export function fromWire(wire: WireError): BusinessError | PlatformError {
  if (wire.kind === 'business') return new BusinessError(wire.code, wire.message, wire.details);
  if (!isPlatformCode(wire.code)) return new PlatformError('internal', `unknown code "${String(wire.code)}"`);
  const { retryAfterMs } = wire;
  return new PlatformError(wire.code, wire.message, retryAfterMs === undefined ? {} : { retryAfterMs });
}
