import type { Root } from './root.ts';

/** Deadlines are late by at most this. */
const TICK_MS = 25;

/** The one coarse timer of a host: it ends what is overdue, so that no call needs a timer of its own. */
export class Sweeper {
  readonly #open = new Set<Root>();
  readonly #onTick: () => void;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(onTick: () => void) {
    this.#onTick = onTick;
  }

  add(root: Root): void {
    this.#open.add(root);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  remove(root: Root): void {
    this.#open.delete(root);
  }

  /** Ends everything that is still open. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const root of [...this.#open]) root.abort('cancelled');
  }

  #tick(): void {
    const now = Date.now();
    for (const root of [...this.#open]) root.sweep(now);
    this.#onTick();
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
