import { createHash, timingSafeEqual } from 'node:crypto';

/** What a process says of itself when a connection is made. */
export interface PeerIdentity {
  readonly instance: string;
  readonly nonce: string;
  /** Both ends of a connection have the same build and the same contracts. */
  readonly build: string;
  readonly contractHash: string;
}

/** Why a connection was refused or ended. */
export type CloseReason =
  | 'unauthorized'
  | 'build_mismatch'
  | 'contract_mismatch'
  | 'nonce_refused'
  | 'nonce_changed'
  | 'malformed'
  | 'oversized'
  | 'hello_timeout'
  | 'too_many'
  | 'connect_failed'
  | 'silent'
  | 'stood_still'
  | 'socket_error'
  | 'fault'
  | 'ended'
  | 'closed';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares two secrets in a time that does not depend on where, or in how many characters, they differ. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** The first difference that keeps two processes from talking; undefined when there is none. */
export function mismatchOf(
  mine: Pick<PeerIdentity, 'build' | 'contractHash'>,
  theirs: Pick<PeerIdentity, 'build' | 'contractHash'>,
): 'build_mismatch' | 'contract_mismatch' | undefined {
  if (mine.build !== theirs.build) return 'build_mismatch';
  return mine.contractHash === theirs.contractHash ? undefined : 'contract_mismatch';
}
