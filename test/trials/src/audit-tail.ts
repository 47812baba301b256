/**
 * Follows audit files while hosts write them: when the n-th platform error of something was on record.
 *
 * A1  It reads only what was written after it was opened; hosts write a record with one write, so that is whole records.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isPlatformCode } from '@atlas/coupling-runtime';
import { decodeAudit, encodeAudit, wholeFramesEnd, type CallRecord } from '@atlas/platform-telemetry';

const EVERY_MS = 20;
/** `decodeAudit` wants one first. */
const HEADER = encodeAudit({ type: 'header', instance: '', nonce: '', kind: '', modules: [] });
/** The caller's own doing, no error of whoever served it. */
const OWN_DOING = new Set(['cancelled', 'root_ended']);

export const isPlatformError = ({ outcome }: Pick<CallRecord, 'outcome'>): boolean =>
  isPlatformCode(outcome) && !OWN_DOING.has(outcome);

export class AuditTail {
  readonly #folder: string;
  readonly #onCall: (record: CallRecord) => void;
  /** File → bytes taken. */
  readonly #taken = new Map<string, number>();
  #going = true;
  #over: Promise<void> = Promise.resolve();

  private constructor(folder: string, onCall: (record: CallRecord) => void) {
    this.#folder = folder;
    this.#onCall = onCall;
  }

  /** Tells every caller's side that is written from now on, soon after it is. */
  static async open(folder: string, onCall: (record: CallRecord) => void): Promise<AuditTail> {
    const tail = new AuditTail(folder, onCall);
    for (const name of await tail.#names()) tail.#taken.set(name, (await stat(join(folder, name))).size);
    tail.#over = tail.#run();
    return tail;
  }

  async close(): Promise<void> {
    this.#going = false;
    await this.#over;
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.#folder)).filter((name) => name.endsWith('.audit'));
  }

  async #run(): Promise<void> {
    for (; this.#going; await wait(EVERY_MS)) for (const name of await this.#names()) await this.#read(name);
  }

  async #read(name: string): Promise<void> {
    const path = join(this.#folder, name);
    const taken = this.#taken.get(name);
    const { size } = await stat(path);
    if (size <= (taken ?? 0)) return;
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(size - (taken ?? 0)),
        0,
        size - (taken ?? 0),
        taken ?? 0,
      );
      const bytes = buffer.subarray(0, bytesRead);
      const whole = bytes.subarray(0, wholeFramesEnd(bytes));
      if (whole.length === 0) return;
      this.#taken.set(name, (taken ?? 0) + whole.length);
      const { records } = decodeAudit(taken === undefined ? whole : Buffer.concat([HEADER, whole]));
      for (const record of records) if (record.type === 'call') this.#onCall(record);
    } finally {
      await file.close();
    }
  }
}
