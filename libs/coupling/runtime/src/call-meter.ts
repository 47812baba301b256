/**
 * Counts the calls between modules, as this host makes and serves them: what a placement costs is learned from it.
 *
 * M1  Every call counts, at the caller, by caller, operation and way; to count one is one addition to a number that the
 *     client holds already, whatever the number of modules.
 * M2  Only the calls of sampled roots are timed, on either side.
 * M3  Numbers only grow while the process lives.
 */
import type { Operation } from './contract.ts';

/** Calls that an edge, a pump or a smoke test starts: nobody's but the root's own. */
export const ROOT_CALLER = 'edge';

/** Calls in one way, and those of them that were timed. */
export interface WayCount {
  calls: number;
  timed: number;
  /** Sum over the timed ones, ms. */
  timedMs: number;
}

/** An edge of the graph of calls: from one module, or what starts roots (`ROOT_CALLER`), to one operation. */
export interface EdgeCount {
  readonly caller: string;
  readonly module: string;
  readonly operation: string;
  /** A handler of this process, called as a function. */
  readonly local: WayCount;
  /** All others: to another process, or to this one in the place of another. */
  readonly remote: WayCount;
}

/** Calls of other hosts that this one served. */
export interface ServedCount extends WayCount {
  readonly module: string;
  readonly operation: string;
}

const none = (): WayCount => ({ calls: 0, timed: 0, timedMs: 0 });

export class CallMeter {
  readonly #edges = new Map<string, EdgeCount>();
  readonly #served = new Map<Operation, ServedCount>();

  /** The count of one edge, to be kept by whoever calls along it. */
  edge(caller: string, module: string, operation: string): EdgeCount {
    const key = `${caller} ${module}.${operation}`;
    let edge = this.#edges.get(key);
    if (edge === undefined)
      this.#edges.set(key, (edge = { caller, module, operation, local: none(), remote: none() }));
    return edge;
  }

  /** Counts a call that came in; returns what times it, undefined when it is not sampled (M2). */
  serving(
    { module, name, spec }: { readonly module: string; readonly name: string; readonly spec: Operation },
    sampled: boolean,
  ): (() => void) | undefined {
    let served = this.#served.get(spec);
    if (served === undefined) this.#served.set(spec, (served = { module, operation: name, ...none() }));
    served.calls += 1;
    return sampled ? timing(served) : undefined;
  }

  edges(): readonly EdgeCount[] {
    return [...this.#edges.values()];
  }

  served(): readonly ServedCount[] {
    return [...this.#served.values()];
  }
}

function timing(count: WayCount): () => void {
  const startedAt = performance.now();
  return () => took(count, performance.now() - startedAt);
}

/** M2. */
export function took(count: WayCount, ms: number): void {
  count.timed += 1;
  count.timedMs += ms;
}
