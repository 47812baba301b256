import type { Call } from '@atlas/coupling-runtime';

/** Kept back to write the answer down and return it. */
const MARGIN_MS = 300;
/** Asking the bank with less time than this only makes outcomes unknown. */
const LEAST_MS = 100;

/** How long to wait for the bank within the call's deadline, in milliseconds; 0: do not ask. */
export function patience(call: Pick<Call, 'remainingMs'>, bankTimeoutMs: number): number {
  const left = call.remainingMs() - MARGIN_MS;
  return left < LEAST_MS ? 0 : Math.min(left, bankTimeoutMs);
}
