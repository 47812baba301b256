/** A growing buffer that is used again for every record; see `audit-codec.ts` for the encodings. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(1_024);
  #at = 0;

  /** Starts a new record, leaving room for its frame. */
  start(reserved: number): void {
    this.#at = reserved;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
  }

  byte(value: number): void {
    this.#room(1);
    this.#buffer[this.#at++] = value;
  }

  /** LEB128. @throws RangeError when it is not a safe integer ≥ 0. */
  count(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a count`);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 128);
    this.byte(rest);
  }

  text(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.count(bytes);
    this.#room(bytes);
    this.#at += this.#buffer.write(value, this.#at, bytes, 'utf8');
  }

  /** 0 for undefined, else 1 and the text. */
  optionalText(value: string | undefined): void {
    this.byte(value === undefined ? 0 : 1);
    if (value !== undefined) this.text(value);
  }

  /** @throws RangeError when it is not 16 hex digits. */
  hex8(value: string): void {
    this.#room(8);
    const written = value.length === 16 ? this.#buffer.write(value, this.#at, 8, 'hex') : 0;
    if (written !== 8) throw new RangeError(`"${value.slice(0, 40)}" is not 16 hex digits`);
    this.#at += 8;
  }

  /** What was written since `start`, the reserved bytes included; valid until the next record. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }
}

/** Reads what `ByteWriter` wrote. @throws RangeError past the end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  count(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const length = this.count();
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('text past the end');
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  optionalText(): string | undefined {
    return this.byte() === 0 ? undefined : this.text();
  }

  hex8(): string {
    this.#at += 8;
    if (this.#at > this.#bytes.length) throw new RangeError('root past the end');
    return this.#bytes.toString('hex', this.#at - 8, this.#at);
  }
}
