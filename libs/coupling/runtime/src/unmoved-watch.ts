/**
 * Counts the calls of sampled roots that an epoch on trial changed nothing about: calls of modules that did not move. What
 * slows these, too, is the machine, not the new layout.
 */
import type { CallCounts, UnmovedCalls } from '@atlas/control-layout';
import { Counter, type CallWindow } from './call-window.ts';
import type { CallObserver, TimedCall } from './observer.ts';

interface Counted {
  readonly before: CallCounts;
  readonly now: Counter;
}

export class UnmovedWatch implements CallObserver {
  readonly #moved: readonly string[];
  readonly #window: CallWindow;
  readonly #counted = new Map<string, Counted>();

  /** @param window what calls were like before; it does not change while the epoch is on trial. */
  constructor(moved: readonly string[], window: CallWindow) {
    this.#moved = moved;
    this.#window = window;
  }

  called({ module, operation, durationMs, error }: TimedCall): void {
    if (this.#moved.includes(module)) return;
    const name = `${module}.${operation}`;
    let counted = this.#counted.get(name);
    if (counted === undefined) {
      counted = { before: this.#window.of(module, operation), now: new Counter() };
      this.#counted.set(name, counted);
    }
    counted.now.count(error, durationMs);
  }

  snapshot(): Record<string, UnmovedCalls> {
    return Object.fromEntries(
      [...this.#counted].map(([name, { before, now }]) => [name, { before, now: now.snapshot() }]),
    );
  }
}
