const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Ids of the roots that one bundle admits: 8 hex digits of its nonce, then 8 that count. */
export class RootIds {
  readonly #origin: string;
  #count = 0;
  /** All but the last two digits: made once in 256 roots. */
  #front = '';

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** How many there were, modulo 2³². */
  get count(): number {
    return this.#count;
  }

  next(): string {
    this.#count = (this.#count + 1) >>> 0;
    const low = this.#count & 0xff;
    if (low === 0 || this.#front === '')
      this.#front = this.#origin + (this.#count >>> 8).toString(16).padStart(6, '0');
    return this.#front + DIGITS[low];
  }
}
