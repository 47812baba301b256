/**
 * The bank's book: every charge, one row per key, rebuilt from the ledger at start.
 *
 * B1  A row never moves: its place in the listing is the order in which keys first got a row, so a cursor stays
 *     valid while rows are updated in place.
 * B2  Nothing leaves `voided` or `declined`; `captured` leaves only to `voided`. So a tombstone refuses a late charge.
 * B3  Applying an entry depends on nothing but the entries before it: a replay gives the same book.
 */
import type { ChargeRow, Entry, ListedCharge } from './charge.ts';

interface Page {
  readonly items: readonly ListedCharge[];
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
}

const ID = /^ch_(\d{10})$/;
const idOf = (place: number): string => `ch_${String(place + 1).padStart(10, '0')}`;

export class ChargeBook {
  readonly #rows: ChargeRow[] = [];
  readonly #places = new Map<string, number>();
  readonly #fingerprints = new Map<string, string>();

  /** Takes one ledger entry into account. */
  apply(entry: Entry): void {
    if (entry.kind !== 'cancel') this.#fingerprints.set(entry.key, entry.fingerprint);
    if (entry.kind === 'charge') this.#addCharge(entry);
    else if (entry.kind === 'cancel') this.#cancel(entry);
  }

  row(key: string): ChargeRow | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#rows[place];
  }

  /** Identity of the body that first used the key; undefined for an unused key and for a bare tombstone. */
  fingerprint(key: string): string | undefined {
    return this.#fingerprints.get(key);
  }

  /** Rows after the cursor (`''`: from the start); undefined when the cursor is none of ours. */
  list(after: string, limit: number): Page | undefined {
    const found = ID.exec(after);
    if (after !== '' && !found) return undefined;
    const start = found ? Number(found[1]) : 0;
    const items = this.#rows.slice(start, start + limit).map(listed);
    const more = start + items.length < this.#rows.length;
    return { items, next: more ? (items.at(-1)?.id ?? null) : null };
  }

  #addCharge(entry: Extract<Entry, { kind: 'charge' }>): void {
    if (this.#places.has(entry.key)) return; // B2
    this.#add(entry.key, {
      orderId: entry.orderId,
      amountCents: entry.amountCents,
      currency: entry.currency,
      status: entry.status,
      declineCode: entry.declineCode,
      createdAt: new Date(entry.at).toISOString(),
    });
  }

  #cancel(entry: Extract<Entry, { kind: 'cancel' }>): void {
    const place = this.#places.get(entry.key);
    const row = place === undefined ? undefined : this.#rows[place];
    if (place === undefined || row === undefined) {
      const createdAt = new Date(entry.at).toISOString();
      const { orderId } = entry;
      this.#add(entry.key, {
        orderId,
        amountCents: 0,
        currency: 'EUR',
        status: 'voided',
        declineCode: null,
        createdAt,
      });
    } else if (row.status === 'captured') this.#rows[place] = { ...row, status: 'voided' };
  }

  #add(key: string, fields: Omit<ChargeRow, 'id' | 'idempotencyKey'>): void {
    this.#places.set(key, this.#rows.length);
    this.#rows.push({ id: idOf(this.#rows.length), idempotencyKey: key, ...fields });
  }
}

const listed = (row: ChargeRow): ListedCharge => ({
  id: row.id,
  idempotencyKey: row.idempotencyKey,
  orderId: row.orderId,
  amountCents: row.amountCents,
  currency: row.currency,
  status: row.status,
  createdAt: row.createdAt,
});
