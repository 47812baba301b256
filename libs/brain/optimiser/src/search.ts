/**
 * Exact branch and bound over ranges of instances, 0 of them being in the bundle.
 *
 * S1  A range is skipped when what any layout within it pays at least is no less than what the best pays. The least is
 *     relaxed (`relaxation.ts`). When the steps end before the search, nothing is claimed.
 * S2  Limits are charged for: a layout that keeps them never pays more for what it uses than the charges themselves. So
 *     the objective and all charges together, less the charges, bound the objective whatever is charged (Lagrange), and
 *     without bound where no layout keeps the limits. Charges move by what the relaxed best uses too much of (subgradients;
 *     step of B. Polyak, Minimization of unsmooth functionals, 1969).
 * S3  Where only the limits count, charges that come to more than themselves prove that no layout keeps those that are
 *     charged for, however little it is: twice the charges would come to twice as much.
 */
import type { Price, Problem } from './problem.ts';
import { paid, Relaxation } from './relaxation.ts';

/** What limits are exceeded by less than this is rounding. */
export const ROUNDING = 1e-9;

/** Charges that are tried of one range. */
const TRIES = 3;
const OVERSTEP = 1.5;
/** No limit counts for more in a step, however far it is exceeded. */
const FARTHEST = 10;

export interface Found {
  /** Of the problem's modules, counted from 1; 0 is the bundle. Instances; 0 where a module is in the bundle. */
  readonly instances: Int8Array;
  readonly objective: number;
}

export interface Search {
  readonly found: Found | undefined;
  /** Ranges that were looked at. */
  readonly steps: number;
  /** False when the steps ended before the search (S1). */
  readonly exact: boolean;
  /** By limit, when nothing was to be paid and nothing is found: whether the proof needs it. Those alone leave none (S3). */
  readonly needed: readonly boolean[];
}

/** Where a search begins. */
export interface Start {
  /** Instances that are worth a try. */
  readonly known?: Int8Array | undefined;
  /** What each limit is charged at first. From 1 a layout is found sooner, from 0 a proof needs fewer limits. */
  readonly charge?: number | undefined;
}

/** The best way to place and multiply, or none when the constraints leave none. */
export function search(problem: Problem, mostSteps: number, { known, charge = 1 }: Start = {}): Search {
  const tree = new Tree(problem, mostSteps, charge);
  if (known) tree.offer(known);
  // More bundles hold more: a first layout is found sooner.
  for (let k = problem.mostInstances; k >= 1; k -= 1) tree.searchWith(k);
  const { best, steps, needed } = tree;
  return { found: best, steps, exact: steps <= mostSteps, needed };
}

class Tree {
  best: Found | undefined;
  steps = 0;
  /** By limit: whether a range was skipped for it. */
  readonly needed: boolean[];
  readonly #problem: Problem;
  readonly #mostSteps: number;
  readonly #onlyLimits: boolean;
  readonly #relaxation: Relaxation;
  /** By limit. */
  readonly #charges: Float64Array;
  /** What was tried last. */
  #offered: Int8Array = new Int8Array();

  constructor(problem: Problem, mostSteps: number, charge: number) {
    this.#problem = problem;
    this.#mostSteps = mostSteps;
    this.#onlyLimits = Object.values(problem.objective).every((price) => price === 0);
    this.#relaxation = new Relaxation(problem);
    this.#charges = new Float64Array(problem.limits.length).fill(charge);
    this.needed = problem.limits.map(() => false);
  }

  searchWith(bundles: number): void {
    this.#relaxation.low[0] = bundles;
    this.#relaxation.high[0] = bundles;
    this.#search();
  }

  /** Takes these instances for the best if they are. */
  offer(instances: Int8Array): void {
    const relaxation = this.#relaxation;
    this.#offered = instances;
    const [low, high] = [relaxation.low.slice(), relaxation.high.slice()];
    relaxation.low.set(instances);
    relaxation.high.set(instances);
    relaxation.weigh();
    if (this.#problem.limits.every((limit) => relaxation.least(limit) <= 1 + ROUNDING)) {
      const objective = relaxation.least(this.#problem.objective);
      if (objective < (this.best?.objective ?? Infinity)) this.best = { instances, objective };
    }
    relaxation.low.set(low);
    relaxation.high.set(high);
  }

  #search(): void {
    this.steps += 1;
    if (this.steps > this.#mostSteps || !this.#promises()) return;
    const { low, high, counts } = this.#relaxation;
    const at = this.#next();
    const [from, to, count] = [low[at] ?? 0, high[at] ?? 0, counts[at] ?? 0];
    if (counts.some((each, i) => each !== this.#offered[i])) this.offer(counts.slice());
    if (at === 0) return this.#breaks();
    const cut = from === 0 ? 0 : Math.min(count, to - 1);
    for (const lower of count <= cut ? [true, false] : [false, true]) {
      if (lower) high[at] = cut;
      else low[at] = cut + 1;
      this.#search();
      low[at] = from;
      high[at] = to;
    }
  }

  /** S1. */
  #promises(): boolean {
    const most = this.best ? this.best.objective - this.#problem.grain : this.#problem.ceiling;
    if (most <= 0) return false; // nothing pays less
    this.#relaxation.weigh();
    for (let tries = 1; ; tries += 1) {
      const bound = this.#bound();
      const lacks = most - bound;
      if (lacks <= most * ROUNDING || (this.#onlyLimits && bound > 0)) return this.#skips();
      if (tries === TRIES || !this.#charge(lacks)) return true;
    }
  }

  /** Remembers what a range is skipped for. */
  #skips(): false {
    this.#charges.forEach((charge, c) => (this.needed[c] ||= charge > 0));
    return false;
  }

  /** The same of one layout: any limit that it breaks will do. */
  #breaks(): void {
    if (this.best) return;
    const broken = this.#problem.limits.map((limit) => this.#relaxation.least(limit) > 1 + ROUNDING);
    const first = broken.indexOf(true);
    if (first >= 0 && !broken.some((each, c) => each && this.needed[c])) this.needed[first] = true;
  }

  /** S2. */
  #bound(): number {
    const price: { -readonly [K in keyof Price]: number } = { ...this.#problem.objective };
    let charges = 0;
    this.#problem.limits.forEach((limit, c) => {
      const charge = this.#charges[c] ?? 0;
      charges += charge;
      price.time += charge * limit.time;
      price.loss += charge * limit.loss;
      price.work += charge * limit.work;
      price.host += charge * limit.host;
    });
    return this.#relaxation.least(price) - charges * (1 + ROUNDING);
  }

  /** S2. Whether there is anything to be charged otherwise. */
  #charge(lacks: number): boolean {
    const charges = this.#charges;
    const tooMuch = this.#problem.limits.map((limit, c) => {
      const exceeds = Math.min(FARTHEST, paid(limit, this.#relaxation.used) - 1);
      return charges[c] === 0 ? Math.max(0, exceeds) : exceeds;
    });
    const norm = tooMuch.reduce((sum, exceeds) => sum + exceeds * exceeds, 0);
    if (norm === 0) return false;
    const step = (OVERSTEP * lacks) / norm;
    tooMuch.forEach((exceeds, c) => (charges[c] = Math.max(0, (charges[c] ?? 0) + step * exceeds)));
    return true;
  }

  /** What is decided next: where a module is, those with the most work first; then instances. 0 when all is decided. */
  #next(): number {
    const { low, high } = this.#relaxation;
    const placed = low.findIndex((from, i) => from === 0 && high[i] !== 0);
    if (placed > 0) return placed;
    return Math.max(
      0,
      low.findIndex((from, i) => from !== high[i]),
    );
  }
}
