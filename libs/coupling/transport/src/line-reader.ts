import { FrameError, MAX_HELLO_BYTES } from './frames.ts';

const NEWLINE = 0x0a;

/**
 * Cuts a byte stream into lines. Bytes are decoded only up to the last whole line of a chunk, so that a character
 * that spans two chunks stays whole, and many small frames cost one decoding.
 */
export class LineReader {
  /** Longest line allowed, in bytes. */
  limit = MAX_HELLO_BYTES;
  #rest: Buffer[] = [];
  #restBytes = 0;

  /** @throws FrameError `oversized` when a line, whole or not, is longer than the limit. */
  push(chunk: Buffer): string[] {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) {
      this.#keep(chunk);
      return [];
    }
    const whole = chunk.subarray(0, last);
    const text =
      this.#restBytes === 0 ? whole.toString('utf8') : Buffer.concat([...this.#rest, whole]).toString('utf8');
    this.#rest = [];
    this.#restBytes = 0;
    if (last + 1 < chunk.length) this.#keep(chunk.subarray(last + 1));
    const lines = text.split('\n');
    for (const line of lines) if (line.length > this.limit) throw this.#oversized();
    return lines;
  }

  #keep(bytes: Buffer): void {
    this.#restBytes += bytes.length;
    if (this.#restBytes > this.limit) throw this.#oversized();
    this.#rest.push(bytes);
  }

  #oversized(): FrameError {
    return new FrameError('oversized', `a frame is longer than ${this.limit} bytes`);
  }
}
