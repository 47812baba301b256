/** Idempotency keys: the same key names the same switch, whichever switcher gets it, and means the same request. */
import { hash, randomBytes } from 'node:crypto';
import { canonicalJson } from '@atlas/control-store';
import { RefusedError } from './refused.ts';

const hashOf = (value: unknown): string => hash('sha256', canonicalJson(value));

/** The id of the switch that a request asks for; without a key, one that nobody has. */
export const switchIdOf = (key: string | undefined): string =>
  key === undefined ? `sw-${randomBytes(6).toString('hex')}` : `sw-${hashOf(key).slice(0, 24)}`;

/** What a key stands for from now on; null without one. */
export const bodyHashOf = (key: string | undefined, body: unknown): string | null =>
  key === undefined ? null : hashOf(body);

/** Another body under a key is refused. @throws RefusedError `idempotency_key_reused` */
export function refuseReused(before: string | null, now: string | null, switchId: string): void {
  if (before === now) return;
  throw new RefusedError('idempotency_key_reused', 'this key was used for another request', { switchId });
}
