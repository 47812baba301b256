/** Latencies in buckets of 2 %, so that a million of them cost as much memory as ten. */

const SMALLEST_MS = 0.05;
const GROWTH = Math.log(1.02);
/** Up to about 140 s. */
const BUCKETS = 750;

export class Histogram {
  count = 0;
  readonly #buckets = new Uint32Array(BUCKETS);

  record(ms: number): void {
    const bucket = ms <= SMALLEST_MS ? 0 : Math.ceil(Math.log(ms / SMALLEST_MS) / GROWTH);
    const index = Math.min(bucket, BUCKETS - 1);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.count += 1;
  }

  /**
   * The smallest value that `share` (0–1] of all values do not exceed, at most 2 % too high; in milliseconds.
   * Null when nothing was recorded.
   */
  percentile(share: number): number | null {
    if (this.count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#buckets[i] ?? 0;
      if (seen >= rank) return Number((SMALLEST_MS * Math.exp(i * GROWTH)).toFixed(3));
    }
    return null;
  }

  add(other: Histogram): void {
    other.#buckets.forEach((n, i) => (this.#buckets[i] = (this.#buckets[i] ?? 0) + n));
    this.count += other.count;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.count = 0;
  }
}

/** The last `seconds` seconds of latencies; call `tick` once a second. */
export class RecentLatency {
  readonly #ring: readonly Histogram[];
  #now = 0;

  constructor(seconds: number) {
    this.#ring = Array.from({ length: seconds }, () => new Histogram());
  }

  record(ms: number): void {
    this.#ring[this.#now]?.record(ms);
  }

  tick(): { readonly p50Ms: number | null; readonly p99Ms: number | null } {
    const all = new Histogram();
    for (const second of this.#ring) all.add(second);
    this.#now = (this.#now + 1) % this.#ring.length;
    this.#ring[this.#now]?.clear();
    return { p50Ms: all.percentile(0.5), p99Ms: all.percentile(0.99) };
  }
}

/** How much of the time at least one of something is in progress. */
export class BusyTime {
  active = 0;
  #since = 0;
  #busyMs = 0;

  begin(nowMs: number): void {
    if (this.active++ === 0) this.#since = nowMs;
  }

  end(nowMs: number): void {
    if (--this.active === 0) this.#busyMs += nowMs - this.#since;
  }

  /** Busy milliseconds up to now. */
  totalMs(nowMs: number): number {
    return this.#busyMs + (this.active > 0 ? nowMs - this.#since : 0);
  }
}
