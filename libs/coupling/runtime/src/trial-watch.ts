/**
 * Counts and times every call of the modules on trial that roots of the epoch on trial make in this host, at
 * the caller's side.
 *
 * T1  Nothing but those calls pays for it: it sits in the route table of the epoch on trial, in the places of those
 *     modules, and goes when the trial is over.
 * T2  A call counts once, when it ends; until then it counts as pending, with its age.
 */
import { bucketOf, type CallCounts, type OperationTally } from '@atlas/control-layout';
import { Counter, type CallWindow } from './call-window.ts';
import type { Operation } from './contract.ts';
import type { Handler } from './module-registry.ts';

interface Watched {
  readonly toppable: boolean;
  /** As it was when the epoch came into force here. */
  readonly before: CallCounts;
  readonly now: Counter;
  /** When calls began that have not ended. */
  readonly pending: Set<{ readonly at: number }>;
}

export interface WatchOptions {
  readonly modules: readonly string[];
  readonly window: CallWindow;
  /** Whether calls can be made to top up thin traffic. */
  readonly toppable: (spec: Operation) => boolean;
  /** Monotonic, ms. */
  readonly now: () => number;
}

export class TrialWatch {
  readonly #options: WatchOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  covers(module: string): boolean {
    return this.#options.modules.includes(module);
  }

  /** Lists the operation though nobody has called it yet. */
  expect(module: string, operation: string, spec: Operation): Watched {
    const name = `${module}.${operation}`;
    let watched = this.#watched.get(name);
    if (watched === undefined) {
      const { window, toppable } = this.#options;
      const before = window.of(module, operation);
      watched = { toppable: toppable(spec), before, now: new Counter(), pending: new Set() };
      this.#watched.set(name, watched);
    }
    return watched;
  }

  /** The same handler, its calls counted. */
  local(
    module: string,
    operation: string,
    { spec, handler }: { readonly spec: Operation; readonly handler: Handler },
  ): Handler {
    const watched = this.expect(module, operation, spec);
    return (input, call) => {
      const at = this.#options.now();
      return this.#follow(watched, at, handler(input, call));
    };
  }

  /** Begins to watch a call that is not a plain local one; what it returns is to be given the call's promise. */
  begin(module: string, operation: string, spec: Operation): (promise: Promise<unknown>) => void {
    const watched = this.expect(module, operation, spec);
    const at = this.#options.now();
    return (promise) => void this.#follow(watched, at, promise);
  }

  #follow(watched: Watched, at: number, promise: Promise<unknown>): Promise<unknown> {
    const open = { at };
    watched.pending.add(open);
    const end = (error: unknown): void => {
      watched.pending.delete(open);
      watched.now.count(error, this.#options.now() - at);
    };
    promise.then(
      () => end(undefined),
      (error: unknown) => end(error ?? new Error('rejected with nothing')),
    );
    return promise;
  }

  snapshot(): Record<string, OperationTally> {
    const now = this.#options.now();
    return Object.fromEntries(
      [...this.#watched].map(([name, { toppable, before, now: counter, pending }]) => {
        const ages: Record<string, number> = {};
        for (const { at } of pending) {
          const bucket = bucketOf(now - at);
          ages[bucket] = (ages[bucket] ?? 0) + 1;
        }
        return [name, { toppable, before, now: counter.snapshot(), pending: ages }];
      }),
    );
  }
}
