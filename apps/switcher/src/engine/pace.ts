/** Repeats a turn: at once when woken, else after a rest. Turns never overlap. */
export class Pace {
  readonly #turn: () => Promise<void>;
  readonly #restMs: () => number;
  #stopped = false;
  #woken = false;
  /** Ends the rest that is under way. */
  #rise: () => void = () => undefined;
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
    this.#rise();
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
      await this.#rest();
    }
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#restMs());
      this.#rise = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
