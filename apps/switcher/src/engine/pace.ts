/**
 * A turn that was woken waits so long, ms, for what comes with it: the acks of several hosts are looked at once. Little beside
 * a switch of 30 ms, and each look less is some 2 ms of processor that requests get.
 */
const GATHER_MS = 4;

/** Repeats a turn: soon when woken, else after a rest. Turns never overlap. */
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
      if (!this.#woken) await this.#rest(this.#restMs());
      if (this.#woken && !this.#stopped) await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#rise = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
