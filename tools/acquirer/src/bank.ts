/**
 * The bank at work: decides, writes down, then answers.
 *
 * K1  Nothing is answered, or shown in the listing, before it is on the disk.
 * K2  Deciding and taking the decision into the book happen in one turn of the event loop, so two requests with one
 *     key cannot both capture.
 */
import { faultPoint } from '@atlas/platform-fault';
import type { ChargeBook } from './charge-book.ts';
import type { ChargeRequest, ChargeRow, Entry } from './charge.ts';
import { decideCharge } from './decide.ts';
import type { Ledger } from './ledger.ts';
import { Problem } from './problem.ts';

export interface BankOptions {
  readonly book: ChargeBook;
  readonly ledger: Ledger;
  /** Draws, with the key, what `tok_timeout` ends in. */
  readonly seed: string;
  /** After how long a late capture is written, in milliseconds. */
  readonly lateMs: number;
  /** The disk failed: stop, since the book may be ahead of the ledger. */
  readonly onBroken: (error: unknown) => void;
}

export class Bank {
  readonly #options: BankOptions;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: BankOptions) {
    this.#options = options;
  }

  /** Charges. `silence`: no answer is to be given. @throws Problem `idempotency_key_reused`. */
  async charge(key: string, request: ChargeRequest): Promise<ChargeRow | 'silence'> {
    const { book, seed } = this.#options;
    await faultPoint('acquirer.charge.before');
    const decision = decideCharge(book, { key, request, seed, at: Date.now() });
    if (decision.kind === 'conflict') throw new Problem('idempotency_key_reused');
    await this.#write(decision.entries);
    await faultPoint('acquirer.charge.after');
    if (decision.kind === 'silence') {
      if (decision.late) this.#captureLater(decision.late);
      return 'silence';
    }
    return this.#rowOf(key);
  }

  /** Voids the key's charge, or leaves a tombstone. Idempotent; a declined charge stays declined. */
  async cancel(key: string, orderId: string): Promise<ChargeRow> {
    const row = this.#options.book.row(key);
    const entry: Entry = { kind: 'cancel', key, orderId, at: Date.now() };
    await this.#write(row === undefined || row.status === 'captured' ? [entry] : []);
    return this.#rowOf(key);
  }

  /** A page of the listing; undefined when the cursor is none of ours. */
  async list(after: string, limit: number): Promise<ReturnType<ChargeBook['list']>> {
    const page = this.#options.book.list(after, limit);
    await this.#write([]);
    return page;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#options.ledger.close();
  }

  /** With no entries: waits until what was decided before is on the disk (K1). */
  async #write(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) this.#options.book.apply(entry);
    try {
      await this.#options.ledger.append(entries);
    } catch (error) {
      this.#options.onBroken(error);
      throw new Problem('bank_error', 'the ledger cannot be written');
    }
  }

  #captureLater(entry: Entry): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#options.book.row(entry.key) === undefined) this.#write([entry]).catch(() => undefined);
    }, this.#options.lateMs);
    this.#timers.add(timer);
  }

  #rowOf(key: string): ChargeRow {
    const row = this.#options.book.row(key);
    if (!row) throw new Problem('bank_error');
    return row;
  }
}
