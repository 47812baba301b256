/** Reading what comes over the wire: sizes, types, keys. Everything wrong is a `Problem`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ChargeRequest } from './charge.ts';
import { Problem } from './problem.ts';

const MAX_BODY_BYTES = 16_384;
const KEY = /^[\x21-\x7e]{1,200}$/;
const WORD = /^[\x20-\x7e]{1,100}$/;

/** The body as JSON; undefined when there is none. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  // A body that is refused half way must not take the connection, and so the answer, with it.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Problem('body_too_large', `at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new Problem('invalid_request', 'the body is not JSON');
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** @throws Problem `unauthorized`. Takes the same time for every wrong token. */
export function requireToken(request: IncomingMessage, token: string): void {
  const given = request.headers.authorization ?? '';
  if (!timingSafeEqual(sha256(given), sha256(`Bearer ${token}`))) throw new Problem('unauthorized');
}

/** @throws Problem `invalid_request` unless the key has 1–200 printable ASCII characters. */
export function requireKey(key: string | string[] | undefined): string {
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new Problem('invalid_request', 'an Idempotency-Key of 1 to 200 printable characters is needed');
}

function objectWith(body: unknown, fields: readonly string[]): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Problem('invalid_request', 'the body must be an object');
  const unknown = Object.keys(body).find((key) => !fields.includes(key));
  if (unknown !== undefined) throw new Problem('invalid_request', `unknown field "${unknown}"`);
  return { ...body };
}

function word(value: unknown, name: string): string {
  if (typeof value === 'string' && WORD.test(value)) return value;
  throw new Problem('invalid_request', `${name} must be a text of 1 to 100 printable characters`);
}

/** Whatever it is: a token that stands for no card is declined, not refused. */
function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length >= 1 && value.length <= 100) return value;
  throw new Problem('invalid_request', `${name} must be a text of 1 to 100 characters`);
}

/** Reads the body of a charge. Amounts are whole cents from 0 to 1,000,000,000; the only currency is EUR. */
export function parseCharge(body: unknown): ChargeRequest {
  const given = objectWith(body, ['orderId', 'amountCents', 'currency', 'token']);
  const { amountCents, currency } = given;
  if (typeof amountCents !== 'number' || !Number.isInteger(amountCents))
    throw new Problem('invalid_request', 'amountCents must be a whole number');
  if (amountCents < 0 || amountCents > 1_000_000_000)
    throw new Problem('invalid_request', 'amountCents must be from 0 to 1000000000');
  if (currency !== 'EUR') throw new Problem('invalid_request', 'currency must be "EUR"');
  return {
    orderId: word(given['orderId'], 'orderId'),
    amountCents,
    currency,
    token: text(given['token'], 'token'),
  };
}

/** Reads the body of a cancel: nothing, or the order that the tombstone should name. */
export function parseCancel(body: unknown): { readonly orderId: string } {
  const { orderId } = objectWith(body ?? {}, ['orderId']);
  return { orderId: orderId === undefined ? '' : word(orderId, 'orderId') };
}

/** Reads `limit`: 1–1,000, 100 when absent. */
export function parseLimit(text: string | null): number {
  const limit = text === null ? 100 : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000 && /^\d+$/.test(text ?? '1')) return limit;
  throw new Problem('invalid_request', 'limit must be a whole number from 1 to 1000');
}
