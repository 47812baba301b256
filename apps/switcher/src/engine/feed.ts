/** News for those who watch: `GET /v1/events`. */
import type { HostInfo, LayoutInfo, SwitchView } from '@atlas/control-api';

export type News =
  | { readonly event: 'switch'; readonly data: SwitchView }
  | { readonly event: 'layout'; readonly data: LayoutInfo }
  | { readonly event: 'hosts'; readonly data: readonly HostInfo[] };

/** Tells listeners; a listener that throws hurts nobody else. */
export class Feed {
  readonly #listeners = new Set<(news: News) => void>();
  readonly #last = new Map<News['event'], string>();

  listen(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(news: News): void {
    for (const listener of this.#listeners) {
      try {
        listener(news);
      } catch {
        this.#listeners.delete(listener);
      }
    }
  }

  /** Tells only when the text of `mark` differs from the last time. */
  tellIfNew(news: News, mark: unknown): void {
    const text = JSON.stringify(mark);
    if (this.#last.get(news.event) === text) return;
    this.#last.set(news.event, text);
    this.tell(news);
  }
}
