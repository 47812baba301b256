/** Who asks: the operator, or the brain with a token of its own (ADR 17). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What a token is known by, hexadecimal: whoever has it can check the token, and not tell it. */
export const fingerprintOf = (token: string): string => digest(token).toString('hex');

/** The brain's token. It follows from the operator's, and the operator's not from it. */
export const brainTokenOf = (operatorToken: string): string =>
  createHmac('sha256', operatorToken).update('the brain of this stack').digest('hex');

/**
 * Whether an `Authorization` header names the token of a fingerprint. Digests are compared, so that neither content nor
 * length of the token shows in the time it takes.
 */
export function bearerCheck(fingerprint: string): (header: string | undefined) => boolean {
  const known = Buffer.from(fingerprint, 'hex');
  return (header) => {
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? [];
    return timingSafeEqual(digest(given), known);
  };
}
