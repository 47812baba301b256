/**
 * Virtual time: one queue of events for all imagined processes.
 *
 * V1  One event at a time; all that follows from it at the same moment (microtasks) is over before the next one.
 * V2  Everything runs as somebody: timers made by an event belong to the actor of that event.
 * V3  Nothing of a dead actor runs any more. What a frozen one should have done runs when it thaws, in order.
 */
export interface Actor {
  readonly name: string;
  alive: boolean;
  /** Virtual time until which its events wait; 0: it is awake. */
  frozenUntil: number;
}

export interface Timer {
  at: number;
  order: number;
  readonly actor: Actor;
  run: (() => void) | undefined;
}

export const actorOf = (name: string): Actor => ({ name, alive: true, frozenUntil: 0 });

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Events that are taken from Node's own loop in one round; only a matter of speed. */
const ROUND = 64;

export class Clock {
  now = 0;
  /** Events run so far. */
  steps = 0;
  /** Whoever does what happens now. */
  current: Actor;
  readonly world: Actor;
  readonly #heap: Timer[] = [];
  #order = 0;

  constructor() {
    this.world = actorOf('world');
    this.current = this.world;
  }

  /** Runs once, `ms` from now, as `actor`. */
  after(ms: number, actor: Actor, run: () => void): Timer {
    this.#order += 1;
    const timer = { at: this.now + Math.max(0, ms), order: this.#order, actor, run };
    this.#push(timer);
    return timer;
  }

  /** Resolves `ms` from now; never, when the current actor dies before. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, this.current, resolve));
  }

  /**
   * Runs events until `check`, asked after each of them, says that it is enough, or none is left.
   * Rejects with what an event or `check` throws.
   */
  run(check: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let over = false;
      const end = (error?: unknown): void => {
        if (!over) {
          if (error === undefined) resolve();
          else reject(error as Error);
        }
        over = true;
      };
      const step = (): void => {
        if (over) return;
        try {
          if (check() || !this.#next()) end();
        } catch (error) {
          end(error);
        }
      };
      const round = (): void => {
        if (over) return;
        for (let i = 0; i < ROUND; i += 1) setImmediate(step);
        setImmediate(round);
      };
      round();
    });
  }

  /** False when nothing is left to run. */
  #next(): boolean {
    for (;;) {
      const timer = this.#pop();
      if (timer === undefined) return false;
      const { actor, run } = timer;
      if (run === undefined || !actor.alive) continue;
      if (actor.frozenUntil > timer.at) {
        timer.at = actor.frozenUntil;
        this.#order += 1;
        timer.order = this.#order;
        this.#push(timer);
        continue;
      }
      this.now = timer.at;
      this.steps += 1;
      this.current = actor;
      run();
      return true;
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent] as Timer;
      if (before(other, timer)) break;
      heap[at] = other;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child += 1;
      const other = heap[child] as Timer;
      if (before(last, other)) break;
      heap[at] = other;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
