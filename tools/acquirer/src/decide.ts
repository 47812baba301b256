/** What the bank decides about one charge: pure, so that a restart and a retry decide alike. */
import { createHash } from 'node:crypto';
import type { ChargeBook } from './charge-book.ts';
import type { ChargeRequest, Entry } from './charge.ts';

/** What happens to a charge whose first answer never comes: by the key alone, about half are captured. */
export type Fate = 'captured_at_once' | 'captured_late' | 'declined';

/** `reply`: the key's row is the answer. `silence`: hold the connection; `late` may be written after a while. */
export type Decision =
  | { readonly kind: 'reply'; readonly entries: readonly Entry[] }
  | { readonly kind: 'silence'; readonly entries: readonly Entry[]; readonly late: Entry | undefined }
  | { readonly kind: 'conflict' };

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Identity of a request's body; the card's token cannot be read back from it. */
export const fingerprintOf = (r: ChargeRequest): string =>
  digest(JSON.stringify([r.orderId, r.amountCents, r.currency, r.token])).toString('hex');

export function fateOf(key: string, seed: string): Fate {
  const [half = 0, when = 0] = digest(`${seed}\n${key}`);
  if (half % 2 === 0) return 'declined';
  return when % 2 === 0 ? 'captured_at_once' : 'captured_late';
}

/** Undefined: the card is good. */
function declineCodeOf(token: string): string | undefined {
  if (token === 'tok_ok' || token === 'tok_timeout') return undefined;
  if (token === 'tok_declined') return 'card_declined';
  return token === 'tok_insufficient_funds' ? 'insufficient_funds' : 'invalid_token';
}

interface Question {
  readonly key: string;
  readonly request: ChargeRequest;
  readonly seed: string;
  readonly at: number;
}

/**
 * Decides a charge. Same key and body: the answer stands. Same key, other body: conflict. A tombstone answers for
 * any body. `tok_timeout` is silent once per key; after that it is definite, by the key's fate.
 */
export function decideCharge(book: ChargeBook, { key, request, seed, at }: Question): Decision {
  const fingerprint = fingerprintOf(request);
  const known = book.fingerprint(key);
  if (known !== undefined && known !== fingerprint) return { kind: 'conflict' };
  if (book.row(key)) return { kind: 'reply', entries: [] };
  const { orderId, amountCents, currency } = request;
  const charge = (declineCode: string | null): Entry => ({
    kind: 'charge',
    key,
    fingerprint,
    orderId,
    amountCents,
    currency,
    status: declineCode === null ? 'captured' : 'declined',
    declineCode,
    at,
  });
  if (request.token !== 'tok_timeout') {
    return { kind: 'reply', entries: [charge(declineCodeOf(request.token) ?? null)] };
  }
  const fate = fateOf(key, seed);
  const definite = charge(fate === 'declined' ? 'processing_error' : null);
  if (known !== undefined) return { kind: 'reply', entries: [definite] };
  const attempt: Entry = { kind: 'attempt', key, fingerprint, at };
  return {
    kind: 'silence',
    entries: fate === 'captured_at_once' ? [attempt, definite] : [attempt],
    late: fate === 'captured_late' ? definite : undefined,
  };
}
