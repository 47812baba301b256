import { PlatformError, type Call } from '@atlas/coupling-runtime';

/** The call's idempotency key. @throws PlatformError `invalid_input` without one: the operation is keyed. */
export function callKey(call: Call): string {
  if (call.key === undefined) throw new PlatformError('invalid_input', 'an idempotency key is needed');
  return call.key;
}
