/** Lets so many in at a time, first come, first served; who waits too long is turned away. */
export class Gate {
  #free: number;
  /** In the order in which they came. */
  readonly #waiting = new Set<(entered: boolean) => void>();

  constructor(most: number) {
    this.#free = most;
  }

  /** False after `waitMs`. Who was let in must leave. */
  enter(waitMs: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const decide = (entered: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(decide);
        resolve(entered);
      };
      const timer = setTimeout(decide, waitMs, false);
      this.#waiting.add(decide);
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else next(true);
  }
}
