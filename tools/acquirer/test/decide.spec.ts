import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChargeBook } from '../src/charge-book.ts';
import type { Entry } from '../src/charge.ts';
import { decideCharge, fateOf } from '../src/decide.ts';

const request = (token: string) => ({ orderId: 'o-1', amountCents: 700, currency: 'EUR', token });
const ask = (book: ChargeBook, token: string, key = 'k') =>
  decideCharge(book, { key, request: request(token), seed: 's', at: 1_000 });

function settle(book: ChargeBook, token: string, key = 'k') {
  const decision = ask(book, token, key);
  if (decision.kind !== 'conflict') for (const entry of decision.entries) book.apply(entry);
  return { decision, row: book.row(key) };
}
const keyWith = (fate: string): string => {
  for (let n = 0; ; n += 1) if (fateOf(`k${n}`, 's') === fate) return `k${n}`;
};

describe('the decision about a charge', () => {
  it.each([
    ['tok_ok', 'captured', null],
    ['tok_declined', 'declined', 'card_declined'],
    ['tok_insufficient_funds', 'declined', 'insufficient_funds'],
    ['tok_whatever', 'declined', 'invalid_token'],
  ])('answers %s with %s', (token, status, declineCode) => {
    expect(settle(new ChargeBook(), token).row).toMatchObject({ status, declineCode, amountCents: 700 });
  });

  it('keeps its answer for the same key and body, and refuses another body', () => {
    const book = new ChargeBook();
    const first = settle(book, 'tok_ok').row;
    expect(settle(book, 'tok_ok')).toEqual({ decision: { kind: 'reply', entries: [] }, row: first });
    expect(ask(book, 'tok_declined').kind).toBe('conflict');
  });

  it.each([
    ['captured_at_once', 'captured', 'captured'],
    ['captured_late', undefined, 'captured'],
    ['declined', undefined, 'declined'],
  ])('is silent once about tok_timeout, then definite: %s', (fate, during, after) => {
    const book = new ChargeBook();
    const key = keyWith(fate);
    const first = settle(book, 'tok_timeout', key);
    expect(first.decision.kind).toBe('silence');
    expect(first.row?.status).toBe(during);
    expect(settle(book, 'tok_timeout', key)).toMatchObject({
      decision: { kind: 'reply' },
      row: { status: after },
    });
  });

  it('captures about half of the silent charges', () => {
    const fates = Array.from({ length: 2_000 }, (_, n) => fateOf(`order-${n}:charge`, 'atlas'));
    const captured = fates.filter((fate) => fate !== 'declined').length;
    expect(captured).toBeGreaterThan(900);
    expect(captured).toBeLessThan(1_100);
  });

  it('refuses a late charge after a tombstone, whatever its body', () => {
    const book = new ChargeBook();
    book.apply({ kind: 'cancel', key: 'k', orderId: 'o-1', at: 1 });
    expect(settle(book, 'tok_ok').row).toMatchObject({ status: 'voided', orderId: 'o-1' });
    expect(settle(book, 'tok_declined').row?.status).toBe('voided');
  });
});

const entry: fc.Arbitrary<Entry> = fc
  .record({ kind: fc.constantFrom('charge', 'cancel', 'attempt'), n: fc.nat(7) })
  .map(({ kind, n }): Entry => {
    const key = `k${n}`;
    if (kind === 'cancel') return { kind, key, orderId: key, at: n };
    if (kind === 'attempt') return { kind, key, fingerprint: key, at: n };
    const status = n % 3 === 0 ? 'declined' : 'captured';
    const rest = {
      orderId: key,
      amountCents: n,
      currency: 'EUR',
      declineCode: null,
      at: n,
      fingerprint: key,
    };
    return { kind: 'charge', key, status, ...rest };
  });

describe('the book', () => {
  it('lists one row per key in places that never change, whatever happens to the rows', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), fc.array(entry, { maxLength: 40 }), (before, after) => {
        const book = new ChargeBook();
        for (const e of before) book.apply(e);
        const first = book.list('', 3);
        for (const e of after) book.apply(e);
        const keys: string[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const page = book.list(cursor, 3);
          keys.push(...(page?.items ?? []).map((row) => row.idempotencyKey));
          cursor = page?.next ?? null;
        }
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.slice(0, first?.items.length)).toEqual(first?.items.map((row) => row.idempotencyKey));
      }),
    );
  });

  it('never leaves voided or declined (B2)', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const book = new ChargeBook();
        const last = new Map<string, string>();
        for (const e of entries) {
          book.apply(e);
          const status = book.row(e.key)?.status;
          const was = last.get(e.key);
          if (was === 'voided' || was === 'declined') expect(status).toBe(was);
          if (status) last.set(e.key, status);
        }
      }),
    );
  });

  it('refuses a cursor that is none of its own', () => {
    expect(new ChargeBook().list('ch_1', 10)).toBeUndefined();
  });
});
