/**
 * Token buckets in this process: each key may take `perSecond` on average and `burst` at once.
 *
 * B1  In any span of t seconds a key takes at most `burst + perSecond · t`.
 * B2  After the told wait the key may take again.
 * B3  At most `capacity` keys are kept. A full bucket need not be kept; when more keys than that are short, the least
 *     recently used half is forgotten, in the client's favour.
 */
export interface RateLimit {
  readonly perSecond: number;
  /** Twice a second's worth by default. */
  readonly burst?: number;
  /** Keys kept at most; 20,000 by default. */
  readonly capacity?: number;
}

interface Bucket {
  tokens: number;
  /** When `tokens` was right, in milliseconds. */
  at: number;
}

export class RateLimiter {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #half: number;
  #recent = new Map<string, Bucket>();
  #older = new Map<string, Bucket>();
  #rotatedAt: number;
  readonly #now: () => number;

  /** `now` in milliseconds, never going back. */
  constructor(limit: RateLimit, now: () => number = () => performance.now()) {
    this.#perMs = limit.perSecond / 1_000;
    this.#burst = limit.burst ?? limit.perSecond * 2;
    this.#half = Math.max(1, Math.floor((limit.capacity ?? 20_000) / 2));
    this.#now = now;
    this.#rotatedAt = now();
  }

  /** Takes one token: 0, or for how many milliseconds there will be none. */
  take(key: string): number {
    const now = this.#now();
    const bucket = this.#bucket(key, now);
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.at) * this.#perMs);
    bucket.at = now;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return (1 - bucket.tokens) / this.#perMs;
  }

  /** Keys kept now. */
  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  #bucket(key: string, now: number): Bucket {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    this.#rotate(now);
    const bucket = this.#older.get(key) ?? { tokens: this.#burst, at: now };
    this.#older.delete(key);
    this.#recent.set(key, bucket);
    return bucket;
  }

  /** B3. A bucket not used for as long as an empty one takes to fill is full. */
  #rotate(now: number): void {
    const fillMs = this.#burst / this.#perMs;
    if (this.#recent.size < this.#half && now - this.#rotatedAt < fillMs) return;
    this.#older = this.#recent;
    this.#recent = new Map();
    this.#rotatedAt = now;
  }
}

/**
 * What counts as one client address: an IPv4 address, or an IPv6 /64, of which one client has many addresses. A client
 * that has reset its connection before its request was read has none any more, whatever types say: all such are one.
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'gone';
  if (!address.includes(':')) return address;
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length);
  const [before = [], after = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
