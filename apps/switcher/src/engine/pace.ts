import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats a turn: at once when woken, else after a rest. Turns never overlap. */
export class Pace {
  readonly #turn: () => Promise<void>;
  readonly #restMs: () => number;
  #stopped = false;
  #woken = false;
  #rest: AbortController | undefined;
  #loop: Promise<void> | undefined;

  /** @param turn never rejects. @param restMs how long to rest now, ms. */
  constructor(turn: () => Promise<void>, restMs: () => number) {
    this.#turn = turn;
    this.#restMs = restMs;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Asks for a turn soon. */
  wake(): void {
    this.#woken = true;
    this.#rest?.abort();
  }

  /** Resolves after the turn that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      await this.#turn();
      if (this.#woken) continue;
      this.#rest = new AbortController();
      await sleep(this.#restMs(), undefined, { signal: this.#rest.signal }).catch(() => undefined);
      this.#rest = undefined;
    }
  }
}
