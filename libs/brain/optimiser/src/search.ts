/**
 * Exact branch and bound over placements and instance counts.
 *
 * B1  The bound of a half-decided placement is one for each number of bundles. An undecided module counts as the better
 *     of two: a service, whose calls from and to what is decided for the bundle are remote; or in the bundle, where it
 *     takes as much longer as it alone would make the bundle take. What is decided counts in full, and calls between
 *     undecided modules as local. No completion is cheaper: more work never makes anything cheaper (Q1), and what two
 *     modules add to a queue together is at least the sum of what each adds alone, for its time is convex.
 * B2  With a placement decided, time, loss, cost and hosts are sums over hosts of terms that only the host's own instances
 *     change (`instance-counts.ts`).
 * B3  All that is skipped is no better than the best; when the steps end before the search, nothing is claimed.
 */
import { cheapestCounts, type Least, type Term } from './instance-counts.ts';
import type { Edge, Problem } from './problem.ts';
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

/** One number for each module, by its index; no objects, for there may be thousands of placements. */
type Columns<K extends string> = Readonly<Record<K, Float64Array>>;

class Tree {
  best: Found | undefined;
  steps = 0;
  readonly #problem: Problem;
  readonly #mostSteps: number;
  readonly #place: Int8Array;
  /** CPU in one root by host; of undecided modules on their own. */
  readonly #works: Float64Array;
  /** What an undecided module would take as a service besides: CPU there, CPU of all hosts, time on the way. */
  readonly #away: Columns<'workS' | 'cpuS' | 'wayS'>;
  /** The least that each module takes as a service, whatever its instances. */
  readonly #service: Columns<'time' | 'loss' | 'objective'>;
  #stretch = 1;
  #crashesInBundle = 0;
  /** What does not depend on counts: time on the way, waiting and CPU. */
  #fixed = { time: 0, cost: 0, objective: 0 };

  constructor(problem: Problem, mostSteps: number) {
    this.#problem = problem;
    this.#mostSteps = mostSteps;
    this.#place = new Int8Array(problem.ownS.length).fill(UNDECIDED);
    this.#place[0] = SERVICE;
    this.#works = new Float64Array(problem.ownS.length);
    const column = (): Float64Array => new Float64Array(problem.ownS.length);
    this.#away = { workS: column(), cpuS: column(), wayS: column() };
    this.#service = { time: column(), loss: column(), objective: column() };
  }

  /** Decides the modules from an index on. */
  place(index: number): void {
    this.steps += 1;
    if (this.steps > this.#mostSteps) return;
    this.#weigh();
    if (!this.#mayHold()) return;
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
    const { ownS, edges, waitS, rps, cores, crashes, perTime, perWork, weights } = this.#problem;
    const [works, place] = [this.#works, this.#place];
    works.set(ownS);
    this.#away.workS.fill(0);
    this.#away.cpuS.fill(0);
    this.#away.wayS.fill(0);
    let wayS = waitS;
    for (const edge of edges) {
      const { from, to, localS, callerS, calleeS } = edge;
      const remote = from !== to && ((from > 0 && place[from] === SERVICE) || place[to] === SERVICE);
      works[from] = (works[from] ?? 0) + (remote ? callerS : localS);
      if (!remote) {
        this.#mayGo(edge);
        continue;
      }
      works[to] = (works[to] ?? 0) + calleeS;
      wayS += edge.wayS;
    }
    const cpuS = works.reduce((sum, workS) => sum + workS, 0);
    this.#crashesInBundle = 0;
    for (let i = 1; i < works.length; i += 1) {
      if (place[i] !== IN_BUNDLE) continue;
      works[0] = (works[0] ?? 0) + (works[i] ?? 0);
      this.#crashesInBundle += crashes[i] ?? 0;
    }
    this.#stretch = coreStretch(cpuS * rps, cores);
    const time = perTime * wayS;
    this.#fixed = {
      time,
      cost: perWork * cpuS,
      objective: weighed(weights.latency, time) + weights.work * cpuS,
    };
  }

  /** B1. A call that is local so far, and remote as soon as its one undecided end is a service. */
  #mayGo({ from, to, localS, callerS, calleeS, wayS }: Edge): void {
    const away = this.#away;
    const [caller, callee] = [from > 0 && this.#place[from] === UNDECIDED, this.#place[to] === UNDECIDED];
    if (caller === callee) return;
    const i = caller ? from : to;
    away.workS[i] = (away.workS[i] ?? 0) + (caller ? callerS - localS : calleeS);
    away.cpuS[i] = (away.cpuS[i] ?? 0) + callerS - localS + calleeS;
    away.wayS[i] = (away.wayS[i] ?? 0) + wayS;
  }

  /** B1. */
  #mayHold(): boolean {
    for (let i = 1; i < this.#place.length; i += 1) if (this.#place[i] !== IN_BUNDLE) this.#leastOf(i);
    for (let k = this.#problem.mostInstances; k >= 1; k -= 1) if (this.promises(this.#least(k))) return true;
    return false;
  }

  /** Of a module that is a service, or may be one. */
  #leastOf(i: number): void {
    const { perTime, perLoss, rps, weights, mostInstances } = this.#problem;
    const workS = ((this.#works[i] ?? 0) + (this.#away.workS[i] ?? 0)) * this.#stretch;
    const wayTime = perTime * (this.#away.wayS[i] ?? 0);
    const lossOfOne = perLoss * (this.#problem.crashes[i] ?? 0);
    let [time, loss, objective] = [Infinity, Infinity, Infinity];
    for (let k = 1; k <= mostInstances; k += 1) {
      const timeOfK = perTime * hostTime(workS, rps, k);
      const lossOfK = lossOfOne * (this.#problem.serviceLoss[i]?.[k] ?? 0);
      const objectiveOfK =
        weighed(weights.latency, timeOfK) + weights.host * k + weighed(weights.risk, lossOfK);
      if (timeOfK < time) time = timeOfK;
      if (lossOfK < loss) loss = lossOfK;
      if (objectiveOfK < objective) objective = objectiveOfK;
    }
    this.#service.time[i] = time + wayTime;
    this.#service.loss[i] = loss;
    this.#service.objective[i] =
      objective + weights.latency * wayTime + weights.work * (this.#away.cpuS[i] ?? 0);
  }

  /** The least that any completion with `k` bundles uses up. */
  #least(k: number): Least {
    const { weights, perTime, perLoss, crashes, bundleLoss, rps } = this.#problem;
    const bundle = this.#term(0, k);
    const workS = this.#works[0] ?? 0;
    let { time, objective } = this.#fixed;
    objective += bundle.objective;
    let [loss, hosts] = [bundle.loss, k];
    time += bundle.time;
    for (let i = 1; i < this.#place.length; i += 1) {
      const place = this.#place[i];
      if (place === IN_BUNDLE) continue;
      let [moreTime, moreLoss, more] = [
        this.#service.time[i] ?? 0,
        this.#service.loss[i] ?? 0,
        this.#service.objective[i] ?? 0,
      ];
      if (place === SERVICE) hosts += 1;
      else {
        const inBundle = perTime * hostTime((workS + (this.#works[i] ?? 0)) * this.#stretch, rps, k);
        const bundleTime = bundle.time === Infinity ? 0 : inBundle - bundle.time;
        const ownLoss = perLoss * (crashes[i] ?? 0) * (bundleLoss[k] ?? 0);
        moreTime = Math.min(moreTime, bundleTime);
        moreLoss = Math.min(moreLoss, ownLoss);
        more = Math.min(more, weighed(weights.latency, bundleTime) + weighed(weights.risk, ownLoss));
      }
      time += moreTime;
      loss += moreLoss;
      objective += more;
    }
    return { time, loss, hosts, objective };
  }

  /** What `k` instances of a host use up. */
  #term(i: number, k: number): Term {
    const { perTime, perLoss, rps, weights, crashes, bundleLoss, serviceLoss } = this.#problem;
    const workS = (this.#works[i] ?? 0) + (this.#away.workS[i] ?? 0);
    const time = perTime * hostTime(workS * this.#stretch, rps, k);
    const lossOfOne = i === 0 ? bundleLoss[k] : serviceLoss[i]?.[k];
    const loss = perLoss * (i === 0 ? this.#crashesInBundle : (crashes[i] ?? 0)) * (lossOfOne ?? 0);
    const objective = weighed(weights.latency, time) + weights.host * k + weighed(weights.risk, loss);
    return { time, loss, hosts: k, objective };
  }

  /** B2. */
  #count(): void {
    const { mostInstances, mostHosts, kept, perHost } = this.#problem;
    const { time, cost, objective: fixedObjective } = this.#fixed;
    const indices: number[] = [];
    const hosts: Term[][] = [];
    this.#place.forEach((place, i) => {
      if (place !== SERVICE) return;
      indices.push(i);
      const terms: Term[] = [];
      for (let k = 1; k <= mostInstances; k += 1) terms.push(this.#term(i, k));
      hosts.push(terms);
    });
    const payable = kept.cost && perHost > 0 ? Math.floor((1 - cost) / perHost + ROUNDING) : Infinity;
    const fixed = { time, loss: 0, hosts: 0, objective: fixedObjective };
    cheapestCounts(hosts, fixed, {
      mostHosts: Math.min(mostHosts, payable),
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
