/**
 * The least that any layout pays whose instances are within ranges, at given prices. Relaxed, so never more than that:
 *
 * R1  A module that may be in the bundle or a service may be part of either. Parts cost no more than the better whole: a
 *     queue's time is convex in its work. The best parts are found by what each module saves for its work.
 * R2  A call that is remote as soon as either end is a service counts as half for each end that is not decided; with one
 *     end decided for the bundle, in full for the other. More work never makes anything cheaper (Q1).
 * R3  Ranges of one number each are a layout, and what it pays is exact.
 */
import type { Edge, Price, Problem } from './problem.ts';
import { coreStretch, hostTime } from './queue.ts';

/** 0 × ∞ is 0 here: what has no price is not looked at. */
const weighed = (price: number, value: number): number => (price === 0 ? 0 : price * value);

export const paid = (price: Price, used: Price): number =>
  weighed(price.time, used.time) +
  weighed(price.loss, used.loss) +
  weighed(price.work, used.work) +
  weighed(price.host, used.host);

/** One number for each module, by its index; no objects, for it is read thousands of times. */
type Columns<K extends string> = Readonly<Record<K, Float64Array>>;

export class Relaxation {
  /** Ranges of instances by the problem's modules, counted from 1; 0 instances: in the bundle. 0 is the bundle. */
  readonly low: Int8Array;
  readonly high: Int8Array;
  /** What pays least at the last prices, parts rounded. */
  readonly counts: Int8Array;
  /** All that it uses up, parts as they are. */
  used: Price = { time: 0, loss: 0, work: 0, host: 0 };
  readonly #problem: Problem;
  /** CPU in one root by host; of undecided modules on their own. */
  readonly #works: Float64Array;
  /** What an undecided module takes as a service besides: CPU there, CPU of all hosts, time on the way. */
  readonly #away: Columns<'workS' | 'cpuS' | 'wayS'>;
  /** [module][instances] */
  readonly #times: readonly Float64Array[];
  /** What an undecided module pays less in the bundle, its queue apart, for each second of its work; the most first. */
  readonly #rates: Float64Array;
  readonly #order: Int8Array;
  #stretch = 1;
  /** What does not depend on counts and parts. */
  #fixed: Price = { time: 0, loss: 0, work: 0, host: 0 };

  constructor(problem: Problem) {
    const { ownS, mostInstances } = problem;
    const column = (): Float64Array => new Float64Array(ownS.length);
    this.#problem = problem;
    this.low = new Int8Array(ownS.length);
    this.high = new Int8Array(ownS.length).fill(mostInstances);
    this.counts = new Int8Array(ownS.length);
    this.#works = column();
    this.#away = { workS: column(), cpuS: column(), wayS: column() };
    this.#times = Array.from(ownS, () => new Float64Array(mostInstances + 1));
    this.#rates = column();
    this.#order = new Int8Array(ownS.length);
  }

  /** After each change of the ranges; those of the bundle must be of one number. */
  weigh(): void {
    const { ownS, edges, waitS, rps, cores, perTime } = this.#problem;
    const works = this.#works;
    const low = this.low;
    const away = this.#away;
    works.set(ownS);
    away.workS.fill(0);
    away.cpuS.fill(0);
    away.wayS.fill(0);
    let wayS = waitS;
    for (const edge of edges) {
      const { from, to, localS, callerS, calleeS } = edge;
      const remote = from !== to && ((from > 0 && (low[from] ?? 0) > 0) || (low[to] ?? 0) > 0);
      works[from] = (works[from] ?? 0) + (remote ? callerS : localS);
      if (!remote) {
        this.#mayGo(edge);
        continue;
      }
      works[to] = (works[to] ?? 0) + calleeS;
      wayS += edge.wayS;
    }
    let cpuS = 0;
    for (const workS of works) cpuS += workS;
    this.#stretch = coreStretch(cpuS * rps, cores);
    const loss = this.#host();
    this.#fixed = { time: perTime * wayS, loss, work: cpuS, host: low[0] ?? 1 };
  }

  /** R2. A call that is local so far. */
  #mayGo(edge: Edge): void {
    const { from, to } = edge;
    if (from === to) return;
    const caller = from > 0 && this.high[from] !== 0;
    const callee = to > 0 && this.high[to] !== 0;
    const part = caller && callee ? 0.5 : 1;
    if (caller) this.#add(from, edge, part);
    if (callee) this.#add(to, edge, part);
  }

  /** What the call takes more when this end of it is a service. */
  #add(end: number, { to, localS, callerS, calleeS, wayS }: Edge, part: number): void {
    const away = this.#away;
    const workS = end === to ? calleeS : callerS - localS;
    away.workS[end] = (away.workS[end] ?? 0) + part * workS;
    away.cpuS[end] = (away.cpuS[end] ?? 0) + part * (callerS - localS + calleeS);
    away.wayS[end] = (away.wayS[end] ?? 0) + part * wayS;
  }

  /** Work and loss of what is decided for the bundle, times of what may be a service. */
  #host(): number {
    const { perTime, rps } = this.#problem;
    const works = this.#works;
    const away = this.#away;
    let loss = 0;
    for (let i = 1; i < works.length; i += 1) {
      const low = this.low[i] ?? 0;
      const high = this.high[i] ?? 0;
      const times = this.#times[i];
      if (high === 0) {
        works[0] = (works[0] ?? 0) + (works[i] ?? 0);
        loss += this.#bundleLoss(i);
        continue;
      }
      const workS = ((works[i] ?? 0) + (away.workS[i] ?? 0)) * this.#stretch;
      const wayS = away.wayS[i] ?? 0;
      for (let k = Math.max(1, low); times && k <= high; k += 1)
        times[k] = perTime * (wayS + hostTime(workS, rps, k));
    }
    return loss;
  }

  #bundleLoss(i: number): number {
    return this.#problem.bundleLoss[i]?.[this.low[0] ?? 1] ?? 0;
  }

  #serviceLoss(i: number, count: number): number {
    return this.#problem.serviceLoss[i]?.[count] ?? 0;
  }

  /** What is paid at least; then `counts` and `used` are of that. */
  least(price: Price): number {
    let { time, loss, work, host } = this.#fixed;
    let undecided = 0;
    for (let i = 1; i < this.high.length; i += 1) {
      this.counts[i] = 0;
      if (this.high[i] === 0) continue;
      const pays = this.#serve(i, price);
      if (this.low[i] === 0) {
        this.#rank(i, undecided, this.#savedBy(i, pays, price));
        undecided += 1;
        continue;
      }
      const count = this.counts[i] ?? 0;
      time += this.#times[i]?.[count] ?? 0;
      loss += this.#serviceLoss(i, count);
      host += count;
    }
    const { perTime, rps } = this.#problem;
    const k = this.low[0] ?? 1;
    const s = this.#stretch;
    this.counts[0] = k;
    let workS = this.#works[0] ?? 0;
    const perQueue = weighed(price.time * perTime, s);
    for (let j = 0; j < undecided; j += 1) {
      const i = this.#order[j] ?? 0;
      const own = this.#works[i] ?? 0;
      const rate = this.#rates[i] ?? 0;
      // Up to here one second more in the queue of the bundle costs less than it saves.
      const until = perQueue === 0 ? Infinity : ((1 - Math.sqrt(perQueue / rate)) * k) / (s * rps);
      const part = rate > 0 && until > workS ? Math.min(1, (until - workS) / own) : 0;
      workS += part * own;
      loss += part * this.#bundleLoss(i);
      if (part < 1) {
        const count = this.counts[i] ?? 0;
        const rest = 1 - part;
        time += rest * (this.#times[i]?.[count] ?? 0);
        loss += rest * this.#serviceLoss(i, count);
        work += rest * (this.#away.cpuS[i] ?? 0);
        host += rest * count;
      }
      if (part >= 0.5) this.counts[i] = 0;
    }
    time += perTime * hostTime(workS * s, rps, k);
    this.used = { time, loss, work, host };
    return paid(price, this.used);
  }

  /** The instances with which a service pays least; returns that. */
  #serve(i: number, price: Price): number {
    const low = this.low[i] ?? 0;
    const high = this.high[i] ?? 0;
    const times = this.#times[i];
    const losses = this.#problem.serviceLoss[i];
    let count = high;
    let pays = Infinity;
    for (let k = Math.max(1, low); k <= high; k += 1) {
      const time = weighed(price.time, times?.[k] ?? 0);
      const paysK = time + price.loss * (losses?.[k] ?? 0) + price.host * k;
      if (paysK < pays) {
        count = k;
        pays = paysK;
      }
    }
    this.counts[i] = count;
    return pays;
  }

  #savedBy(i: number, pays: number, price: Price): number {
    return pays + price.work * (this.#away.cpuS[i] ?? 0) - price.loss * this.#bundleLoss(i);
  }

  #rank(i: number, undecided: number, saved: number): void {
    const rates = this.#rates;
    const order = this.#order;
    const rate = saved > 0 ? saved / (this.#works[i] ?? 0) : 0;
    rates[i] = rate;
    let j = undecided;
    for (; j > 0 && (rates[order[j - 1] ?? 0] ?? 0) < rate; j -= 1) order[j] = order[j - 1] ?? 0;
    order[j] = i;
  }
}
