import type { Root } from './root.ts';
import { steadyNow } from './steady-clock.ts';

/** Deadlines are late by at most this. */
const TICK_MS = 25;

/**
 * The one coarse timer of a host: it ends what is overdue, so that no call needs a timer of its own.
 *
 * S1  `#open[root.place]` is the root. Not a `Set`: outgrown tables of one, once old, keep all that was ever in their
 *     successors alive until the next full collection.
 */
export class Sweeper {
  readonly #open: Root[] = [];
  readonly #onTick: () => void;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(onTick: () => void) {
    this.#onTick = onTick;
  }

  add(root: Root): void {
    root.place = this.#open.push(root) - 1;
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  remove(root: Root): void {
    const last = this.#open.at(-1);
    if (last === undefined || this.#open[root.place] !== root) return;
    this.#open[root.place] = last;
    last.place = root.place;
    this.#open.pop();
  }

  /** Ends everything that is still open. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const root of [...this.#open]) root.abort('cancelled');
  }

  #tick(): void {
    const now = steadyNow();
    for (const root of [...this.#open]) root.sweep(now);
    this.#onTick();
    if (this.#open.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
