import type { Line } from '@atlas/platform-telemetry';

type Labels = Readonly<Record<string, string>>;

/** Counts by labels, in plain numbers; put into lines when somebody asks. */
export class Counts {
  readonly #counts = new Map<string, { readonly labels: Labels; value: number }>();

  /** @param known told from the beginning: Prometheus sees no growth in what was not there before */
  constructor(known: readonly Labels[] = []) {
    for (const labels of known) this.add(labels, 0);
  }

  /** @param labels named in the same order each time */
  add(labels: Labels, count = 1): void {
    const key = Object.values(labels).join('\n');
    const found = this.#counts.get(key);
    if (found) found.value += count;
    else this.#counts.set(key, { labels, value: count });
  }

  readonly lines = (): Line[] => [...this.#counts.values()].map((line) => ({ ...line }));
}
