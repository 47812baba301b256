import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  encodeAuditInPlace,
  type AuditHeader,
  type AuditRecord,
  type CallRecord,
  type EndRecord,
  type ServeRecord,
} from './audit-codec.ts';

/**
 * Writes the audit file of one process: `<folder>/<instance>-<nonce>.audit`, mode 0600.
 *
 * W1  One synchronous write per record: what was written survives SIGKILL of the process.
 * W2  A failing disk never fails a call: the first error is reported once and writing ends, which the auditor sees as
 *     missing coverage.
 */
export class AuditFileSink {
  readonly path: string;
  readonly #onError: (error: Error) => void;
  #descriptor: number | undefined;

  /** @throws Error when the folder or file cannot be made. */
  constructor(folder: string, header: Omit<AuditHeader, 'type'>, onError: (error: Error) => void) {
    this.#onError = onError;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, `${header.instance}-${header.nonce}.audit`);
    this.#descriptor = openSync(this.path, 'ax', 0o600);
    this.#write({ type: 'header', ...header });
  }

  admit(root: string, epoch: number, label: string): void {
    this.#write({ type: 'admit', root, epoch, label });
  }

  call(record: Omit<CallRecord, 'type'>): void {
    this.#write({ type: 'call', ...record });
  }

  serve(record: Omit<ServeRecord, 'type'>): void {
    this.#write({ type: 'serve', ...record });
  }

  /** All that was begun has ended. Later records are dropped. Idempotent. */
  close(): void {
    this.#write({ type: 'end' });
    this.#release();
  }

  #release(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #write(record: AuditHeader | AuditRecord | EndRecord): void {
    if (this.#descriptor === undefined) return;
    try {
      const bytes = encodeAuditInPlace(record);
      for (let sent = 0; sent < bytes.length;) sent += writeSync(this.#descriptor, bytes, sent);
    } catch (error) {
      this.#release();
      this.#onError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
