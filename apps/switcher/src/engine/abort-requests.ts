import { froze, isGoverned, type Observation } from '../machine/index.ts';
import type { AutonomyBook } from './autonomy-book.ts';
import type { SwitchBook } from './switch-book.ts';

/** Wishes that a switch go away before its commit; each is forgotten once its switch has ended, under whichever leader. */
export class AbortRequests {
  readonly #book: SwitchBook;
  readonly #autonomy: AutonomyBook;
  readonly #details = new Map<string, string>();

  constructor(book: SwitchBook, autonomy: AutonomyBook) {
    this.#book = book;
    this.#autonomy = autonomy;
  }

  add(id: string, detail: string): void {
    this.#details.set(id, detail);
  }

  /** By an operator's request, or by his freeze, whichever switcher took it. */
  all(): Observation['abortRequests'] {
    for (const id of this.#details.keys()) if (!this.#book.get(id)) this.#details.delete(id);
    const { frozen } = this.#autonomy.now;
    const held = frozen ? this.#book.open().filter(({ source }) => isGoverned(source)) : [];
    return [
      ...[...this.#details].map(([id, detail]) => ({ id, detail })),
      ...held.map(({ id }) => ({ id, detail: frozen ? froze(frozen) : '' })),
    ];
  }
}
