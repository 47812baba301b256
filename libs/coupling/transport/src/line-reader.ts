import { FrameError, MAX_HELLO_BYTES } from './frames.ts';

const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts a byte stream into lines. Bytes are decoded only up to the last whole line of a chunk, so that a character
 * that spans two chunks stays whole, and many small frames cost one decoding.
 */
export class LineReader {
  /** Longest line allowed: in bytes as long as its end is to come, then in characters. */
  limit = MAX_HELLO_BYTES;
  /** The beginning of a line: its first `#restBytes` bytes. */
  #rest = EMPTY;
  #restBytes = 0;

  /** @throws FrameError `oversized` when a line, whole or not, is longer than the limit. */
  push(chunk: Buffer): string[] {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) {
      this.#keep(chunk);
      return [];
    }
    const whole = chunk.subarray(0, last);
    const text = this.#restBytes === 0 ? whole.toString('utf8') : this.#joined(whole).toString('utf8');
    this.#rest = EMPTY;
    this.#restBytes = 0;
    if (last + 1 < chunk.length) this.#keep(chunk.subarray(last + 1));
    const lines = text.split('\n');
    for (const line of lines) if (line.length > this.limit) throw this.#oversized();
    return lines;
  }

  #joined(end: Buffer): Buffer {
    return Buffer.concat([this.#rest.subarray(0, this.#restBytes), end]);
  }

  /** Copied into one buffer that doubles: many small chunks, each kept, would take a hundred times their bytes. */
  #keep(bytes: Buffer): void {
    const size = this.#restBytes + bytes.length;
    if (size > this.limit) throw this.#oversized();
    if (size > this.#rest.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#rest.length, size, MAX_HELLO_BYTES));
      this.#rest.copy(larger, 0, 0, this.#restBytes);
      this.#rest = larger;
    }
    bytes.copy(this.#rest, this.#restBytes);
    this.#restBytes = size;
  }

  #oversized(): FrameError {
    return new FrameError('oversized', `a frame is longer than ${this.limit} bytes`);
  }
}
