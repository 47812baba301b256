/**
 * Exact branch and bound over placements and instance counts.
 *
 * B1  The bound of a half-decided placement takes each undecided module as in the bundle for the calls of others, and
 *     as at the better of bundle and service for itself; what is decided counts in full. No completion is cheaper,
 *     because more work never makes anything cheaper (Q1).
 * B2  With a placement decided, time, loss and hosts are sums over hosts of terms that only the host's own instances
 *     change (`instance-counts.ts`).
 * B3  All that is skipped is no better than the best; when the steps end before the search, nothing is claimed.
 */
import { cheapestCounts, type Hosts, type Least, type Term } from './instance-counts.ts';
import type { Problem } from './problem.ts';
import { coreStretch, hostTime } from './queue.ts';

const UNDECIDED = -1;
const IN_BUNDLE = 0;
const SERVICE = 1;

/** What limits are exceeded by less than this is rounding. */
export const ROUNDING = 1e-9;

export interface Found {
  /** Of the problem's modules, counted from 1; 0 is the bundle. Instances; 0 where a module is in the bundle. */
  readonly instances: Int8Array;
  readonly objective: number;
}

export interface Search {
  readonly found: Found | undefined;
  /** Placements and counts that were looked at. */
  readonly steps: number;
  /** False when the steps ended before the search (B3). */
  readonly exact: boolean;
}

/** 0 × ∞ is 0 here: what has no weight is not looked at. */
const weighed = (weight: number, value: number): number => (weight === 0 ? 0 : weight * value);

/** The best way to place and multiply, or none when the constraints leave none. */
export function search(problem: Problem, mostSteps: number): Search {
  const tree = new Tree(problem, mostSteps);
  tree.place(1);
  const exact = tree.steps <= mostSteps;
  return { found: tree.best, steps: tree.steps, exact };
}

class Tree {
  best: Found | undefined;
  steps = 0;
  readonly #problem: Problem;
  readonly #mostSteps: number;
  readonly #place: Int8Array;
  /** CPU in one root by host; of undecided modules on their own. */
  readonly #works: Float64Array;
  #stretch = 1;
  #crashesInBundle = 0;
  /** What does not depend on counts: time on the way, waiting and CPU. */
  #fixed = { time: 0, cost: 0 };

  constructor(problem: Problem, mostSteps: number) {
    this.#problem = problem;
    this.#mostSteps = mostSteps;
    this.#place = new Int8Array(problem.ownS.length).fill(UNDECIDED);
    this.#place[0] = SERVICE;
    this.#works = new Float64Array(problem.ownS.length);
  }

  /** Decides the modules from an index on. */
  place(index: number): void {
    this.steps += 1;
    if (this.steps > this.#mostSteps) return;
    this.#weigh();
    if (!this.promises(this.#least())) return;
    if (index === this.#place.length) return this.#count();
    for (const place of [IN_BUNDLE, SERVICE]) {
      this.#place[index] = place;
      this.place(index + 1);
    }
    this.#place[index] = UNDECIDED;
  }

  /** B3. Whether something that uses up at least this much may be allowed and better than the best. */
  promises({ time, loss, hosts, objective }: Least): boolean {
    const { kept, mostHosts, perHost } = this.#problem;
    const most = 1 + ROUNDING;
    return (
      objective < (this.best?.objective ?? Infinity) &&
      hosts <= mostHosts &&
      !(kept.latency && time > most) &&
      !(kept.risk && loss > most) &&
      !(kept.cost && this.#fixed.cost + perHost * hosts > most)
    );
  }

  /** Works, cores and crashes of what is decided (B1: the undecided are called as in the bundle). */
  #weigh(): void {
    const { ownS, edges, waitS, rps, cores, crashes, perTime, perWork } = this.#problem;
    const [works, place] = [this.#works, this.#place];
    works.set(ownS);
    let wayS = waitS;
    for (const { from, to, localS, callerS, calleeS, wayS: edgeWayS } of edges) {
      const remote = from !== to && ((from > 0 && place[from] === SERVICE) || place[to] === SERVICE);
      works[from] = (works[from] ?? 0) + (remote ? callerS : localS);
      if (!remote) continue;
      works[to] = (works[to] ?? 0) + calleeS;
      wayS += edgeWayS;
    }
    const cpuS = works.reduce((sum, workS) => sum + workS, 0);
    this.#crashesInBundle = 0;
    for (let i = 1; i < works.length; i += 1) {
      if (place[i] !== IN_BUNDLE) continue;
      works[0] = (works[0] ?? 0) + (works[i] ?? 0);
      this.#crashesInBundle += crashes[i] ?? 0;
    }
    this.#stretch = coreStretch(cpuS * rps, cores);
    this.#fixed = { time: perTime * wayS, cost: perWork * cpuS };
  }

  /** The least that any completion uses up (B1). */
  #least(): Least {
    const { weights } = this.#problem;
    const { time, cost } = this.#fixed;
    const least = {
      time,
      loss: 0,
      hosts: 0,
      objective: weighed(weights.latency, time) + weighed(weights.cost, cost),
    };
    for (let i = 0; i < this.#place.length; i += 1) {
      if (this.#place[i] === IN_BUNDLE) continue;
      const own = this.#leastOf(i);
      if (this.#place[i] === UNDECIDED) this.#orInBundle(i, own);

      least.time += own.time;
      least.loss += own.loss;
      least.hosts += own.hosts;
      least.objective += own.objective;
    }
    return least;
  }

  /** Of one host over its counts. */
  #leastOf(i: number): Least {
    const least = { time: Infinity, loss: Infinity, hosts: Infinity, objective: Infinity };
    for (let k = 1; k <= this.#problem.mostInstances; k += 1) {
      const { time, loss, hosts, objective } = this.#term(i, k);
      if (time < least.time) least.time = time;
      if (loss < least.loss) least.loss = loss;
      if (hosts < least.hosts) least.hosts = hosts;
      if (objective < least.objective) least.objective = objective;
    }
    return least;
  }

  /** The same of an undecided module that may stay in the bundle, where it takes at least its own work's time. */
  #orInBundle(i: number, least: { -readonly [K in keyof Least]: Least[K] }): void {
    const { perTime, perLoss, crashes, bundleLoss, mostInstances, weights } = this.#problem;
    const time = perTime * hostTime((this.#works[i] ?? 0) * this.#stretch, 0, 1);
    const loss = perLoss * (crashes[i] ?? 0) * (bundleLoss[mostInstances] ?? 0);
    least.time = Math.min(least.time, time);
    least.loss = Math.min(least.loss, loss);
    least.hosts = 0;
    least.objective = Math.min(least.objective, weighed(weights.latency, time) + weighed(weights.risk, loss));
  }

  /** What `k` instances of a host use up. */
  #term(i: number, k: number): Term {
    const { perTime, perLoss, perHost, rps, weights, crashes, bundleLoss, serviceLoss } = this.#problem;
    const time = perTime * hostTime((this.#works[i] ?? 0) * this.#stretch, rps, k);
    const lossOfOne = i === 0 ? bundleLoss[k] : serviceLoss[i]?.[k];
    const loss = perLoss * (i === 0 ? this.#crashesInBundle : (crashes[i] ?? 0)) * (lossOfOne ?? 0);
    const objective =
      weighed(weights.latency, time) + weighed(weights.cost, perHost * k) + weighed(weights.risk, loss);
    return { time, loss, hosts: k, objective };
  }

  /** B2. */
  #count(): void {
    const { weights, mostInstances } = this.#problem;
    const { time, cost } = this.#fixed;
    const indices = [...this.#place.keys()].filter((i) => this.#place[i] === SERVICE);
    const hosts: Hosts = indices.map((i) =>
      Array.from({ length: mostInstances }, (_, k) => this.#term(i, k + 1)),
    );
    const fixed = {
      time,
      loss: 0,
      hosts: 0,
      objective: weighed(weights.latency, time) + weighed(weights.cost, cost),
    };
    cheapestCounts(hosts, fixed, {
      promises: (least) => this.#step() && this.promises(least),
      found: (counts, objective) => {
        const instances = new Int8Array(this.#place.length);
        indices.forEach((i, at) => (instances[i] = counts[at] ?? 0));
        this.best = { instances, objective };
      },
    });
  }

  #step(): boolean {
    this.steps += 1;
    return this.steps <= this.#mostSteps;
  }
}
