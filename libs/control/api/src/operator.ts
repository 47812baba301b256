import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Whether an `Authorization` header names the operator's token. Digests are compared, so that neither content nor
 * length of the token shows in the time it takes.
 */
export function operatorCheck(operatorToken: string): (header: string | undefined) => boolean {
  const token = digest(operatorToken);
  return (header) => {
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? [];
    return timingSafeEqual(digest(given), token);
  };
}
