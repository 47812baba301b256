/** News for those who watch: `GET /v1/events`. */
import type { AutonomyView, HostInfo, LayoutInfo, Proposal, SwitchView } from '@atlas/control-api';

export type News =
  | { readonly event: 'switch'; readonly data: SwitchView }
  | { readonly event: 'layout'; readonly data: LayoutInfo }
  | { readonly event: 'autonomy'; readonly data: AutonomyView }
  | { readonly event: 'proposal'; readonly data: Proposal }
  | { readonly event: 'hosts'; readonly data: readonly HostInfo[] };

/** Tells listeners; one that throws hurts nobody else. */
export class Feed {
  readonly #listeners = new Set<(news: News) => void>();
  readonly #last = new Map<News['event'], string>();
  readonly #ends = new Set<() => void>();

  listen(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told once, when this switcher has no more news of switches because another one leads. */
  onHangUp(listener: () => void): () => void {
    this.#ends.add(listener);
    return () => this.#ends.delete(listener);
  }

  /** Whoever listens from outside is to ask who leads now. */
  hangUp(): void {
    for (const end of [...this.#ends]) end();
  }

  /** @param make is asked only when somebody listens */
  tell(make: () => News): void {
    if (this.#listeners.size === 0) return;
    const news = make();
    for (const listener of this.#listeners) {
      try {
        listener(news);
      } catch {
        this.#listeners.delete(listener);
      }
    }
  }

  /** Tells only when `mark` differs from the last time. */
  tellIfNew(event: News['event'], mark: string, make: () => News): void {
    if (this.#last.get(event) === mark) return;
    this.#last.set(event, mark);
    this.tell(make);
  }
}
