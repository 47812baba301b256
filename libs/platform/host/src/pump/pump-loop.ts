import { setTimeout as wait } from 'node:timers/promises';

/**
 * Runs `turn` again and again: at once while it says `busy`, else after `restMs`. Each turn is awaited, also by `stop`.
 * `turn` must not reject.
 */
export class PumpLoop {
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  start(turn: () => Promise<'busy' | 'idle'>, restMs: () => number): void {
    this.#running ??= this.#run(turn, restMs);
  }

  get stopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Resolves when the turn under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(turn: () => Promise<'busy' | 'idle'>, restMs: () => number): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if ((await turn()) === 'busy') continue;
      await wait(restMs(), undefined, { signal }).catch(() => undefined);
    }
  }
}
