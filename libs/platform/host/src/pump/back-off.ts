const FIRST_MS = 200;
const MOST_MS = 15_000;

interface Pause {
  until: number;
  ms: number;
}

/** How long what fails is left alone: 0.2 s, doubled up to 15 s; forgotten after a success. */
export class BackOff {
  readonly #pauses = new Map<string, Pause>();
  readonly #now: () => number;
  constructor(now: () => number) {
    this.#now = now;
  }

  resting(key: string): boolean {
    return (this.#pauses.get(key)?.until ?? 0) > this.#now();
  }

  /** All keys that are left alone now; those that nobody has tried again for long are forgotten. */
  allResting(): string[] {
    const now = this.#now();
    for (const [key, { until }] of this.#pauses) if (until + MOST_MS < now) this.#pauses.delete(key);
    return [...this.#pauses].filter(([, { until }]) => until > now).map(([key]) => key);
  }

  failed(key: string): void {
    const ms = Math.min(MOST_MS, (this.#pauses.get(key)?.ms ?? FIRST_MS / 2) * 2);
    this.#pauses.set(key, { ms, until: this.#now() + ms });
  }

  succeeded(key: string): void {
    this.#pauses.delete(key);
  }
}
