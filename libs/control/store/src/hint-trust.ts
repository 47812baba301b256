import type { StoreState } from './store.ts';

/** Whether hints come: believed from the first one on, until a read shows news that none has told of. */
export class HintTrust {
  #news: number | undefined = undefined;
  #hints = 0;
  /** Hints that had come when the read under way, and the one before it, began. */
  #begunWith = 0;
  #readWith = 0;
  #holds = false;

  get holds(): boolean {
    return this.#holds;
  }

  hint(): void {
    this.#hints += 1;
    this.#holds = true;
  }

  /** A read begins. */
  reading(): void {
    this.#begunWith = this.#hints;
  }

  read({ news }: Pick<StoreState, 'news'>): void {
    const untold = this.#hints === this.#readWith && news !== this.#news;
    if (this.#news !== undefined && untold) this.#holds = false;
    this.#readWith = this.#begunWith;
    this.#news = news;
  }
}
